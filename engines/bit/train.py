"""BiT's network and recipe, handed to the shared trainer."""

from __future__ import annotations

from typing import Optional, Sequence, Tuple

import numpy as np

from engines.bit import recipe
from engines.bit.model import HEAD, resnet_v2
from engines.bit.recipe import BiTSettings
from engines.common.data.examples import read_example
from engines.common.data.tfds import Selection, find_tfds, select_split
from engines.common.data.tfrecords import RecordIndex, RecordReader, open_record_set
from engines.common.job import Job
from engines.common.reporting.reporter import StepNumbers
from engines.common.reporting.results import Scores
from engines.eager.framework import tf
from engines.eager.layers import Layers
from engines.eager.networks import EagerNetwork, Schedule
from engines.eager.run import run_job
from engines.inputs import images as image_ops
from engines.inputs.batches import Images
from engines.inputs.records import ImageRecord, parse_image_record
from engines.inputs.tfds import parse_tfds_record
from engines.ops.endings import unreadable
from engines.ops.framework import Tensor
from engines.training.engine import Progress

SAMPLE = 32
"""Images that are looked at to tell how large they are."""


def run(job: Job) -> int:
    """Train, evaluate or export BiT and return the exit code."""
    return run_job(job, BiT(BiTSettings.of(job.options)))


class BiT(EagerNetwork):
    """The recipe of :mod:`engines.bit.recipe` in tensors."""

    options: BiTSettings

    name = recipe.NAME
    draws = 3

    def __init__(self, options: BiTSettings) -> None:
        super().__init__(options)
        self._tfds = None if options.synthetic else find_tfds(options.data_dir)
        self._sizes = recipe.sizes(options, recipe.SYNTHETIC_AREA)
        self._mixup_alpha = 0.0

    def open_images(self, job: Job, split: str) -> Optional[Images]:
        """See :class:`EagerNetwork`; the folder is in the slim layout or in that of TensorFlow Datasets."""
        options = self.options
        if options.synthetic:
            sizes = {"train": options.synthetic_train_images, "validation": options.synthetic_eval_images}
            return Images(sizes[split], None)
        selection = Selection(options.data_dir, split)
        if self._tfds is not None:
            selection = select_split(self._tfds, split, options.train_percent)
        cache = job.run_dir / "index" / (selection.prefix + ".npz")
        index = open_record_set(selection.folder, selection.prefix, cache, job.ranks, job.stop)
        if index is None:
            return None
        index = _part(index, *selection.bounds(index.count))
        return Images(index.count, RecordReader(index))

    def settle(self, images: Images) -> None:
        """Choose the sides by the median area of some images."""
        area = float(recipe.SYNTHETIC_AREA)
        if images.reader is not None:
            chosen = np.linspace(0, images.count - 1, min(SAMPLE, images.count)).astype(int)
            payloads = [images.reader.read(int(record)) for record in chosen]
            try:
                area = float(np.median([self._area(payload) for payload in payloads]))
            except (tf.errors.InvalidArgumentError, ValueError) as error:
                raise unreadable(self.options.data_dir, error) from None
        self._sizes = recipe.sizes(self.options, area)

    def schedule(self, images: Images, world_size: int) -> Schedule:
        """See :func:`engines.bit.recipe.recipe`."""
        chosen = recipe.recipe(self.options, images.count, world_size)
        self._mixup_alpha = chosen.rule.mixup_alpha
        return Schedule(chosen.plan, chosen.learning_rate, chosen.period, self.options.patience)

    def input_size(self, training: bool) -> int:
        """See :class:`EagerNetwork`."""
        return self._sizes.crop if training else self._sizes.evaluated

    def logits(self, layers: Layers, images: Tensor) -> Tensor:
        """See :func:`engines.bit.model.resnet_v2`."""
        options = self.options
        return resnet_v2(layers, images, options.num_classes, options.block_units, options.base_width)

    def trains(self, variable: str) -> bool:
        """All of them, or the head's alone."""
        return self.options.finetune == "full" or variable.startswith(HEAD + "/")

    def mix_weight(self, step: int) -> float:
        """See :func:`engines.bit.recipe.mix_weight`."""
        return recipe.mix_weight(self.options.seed, step, self._mixup_alpha)

    def mix(self, images: Tensor, targets: Tensor, weight: Tensor) -> Tuple[Tensor, Tensor]:
        """MixUp (Zhang et al., 2018): every image with the one at the same place from the batch's other end."""
        if self._mixup_alpha <= 0.0:
            return images, targets
        other = 1.0 - weight
        return weight * images + other * images[::-1], weight * targets + other * targets[::-1]

    def training_image(self, payload: Tensor, draws: Tensor) -> Tuple[Tensor, Tensor]:
        """A random square of the image, which was resized without regard to its aspect, at times mirrored."""
        record = self._record(payload)
        resize, crop = self._sizes.resize, self._sizes.crop
        image = self._resized(record, resize)
        top, left = tf.unstack(tf.cast(draws[:2] * float(resize - crop + 1), tf.int32))
        image = image[top : top + crop, left : left + crop]
        image.set_shape([crop, crop, 3])
        if self.options.random_flip:
            image = image_ops.flip_if(image, draws[2])
        return self.from_unit_range(image / 255.0), record.label

    def evaluation_image(self, payload: Tensor) -> Tuple[Tensor, Tensor]:
        """The whole image, resized without regard to its aspect."""
        record = self._record(payload)
        return self.from_unit_range(self._resized(record, self._sizes.evaluated) / 255.0), record.label

    def from_unit_range(self, images: Tensor) -> Tensor:
        """From [0, 1], which the SavedModels of TensorFlow Hub take, to the [-1, 1] of the weights."""
        return images * 2.0 - 1.0

    def training_line(self, numbers: StepNumbers) -> str:
        """See :mod:`engines.bit.recipe`."""
        return recipe.training_line(numbers)

    def evaluation_lines(self, progress: Progress, scores: Scores) -> Sequence[str]:
        """See :mod:`engines.bit.recipe`."""
        return recipe.evaluation_lines(progress, scores)

    def _record(self, payload: Tensor) -> ImageRecord:
        parse = parse_image_record if self._tfds is None else parse_tfds_record
        return parse(payload, self.options.num_classes)

    def _resized(self, record: ImageRecord, side: int) -> Tensor:
        size = image_ops.image_size(record.encoded)
        image = image_ops.decode_window(record.encoded, image_ops.whole_window(size))
        return image_ops.resize(image, side, side)

    def _area(self, payload: bytes) -> int:
        (encoded,) = read_example(payload).get("image/encoded" if self._tfds is None else "image", [b""])
        height, width = image_ops.image_size(tf.constant(encoded)).numpy().tolist()
        return int(height * width)


def _part(index: RecordIndex, start: int, end: int) -> RecordIndex:
    """The records from ``start`` to before ``end``."""
    return RecordIndex(
        index.files, index.file_of[start:end], index.offset[start:end], index.length[start:end]
    )
