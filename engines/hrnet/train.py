"""HRNet's network and recipe, handed to the shared trainer."""

from __future__ import annotations

from typing import List, Tuple

from engines.common.job import Job
from engines.common.reporting.reporter import StepNumbers
from engines.common.reporting.results import Scores
from engines.common.step_plan import StepPlan
from engines.graph import initializers
from engines.graph.framework import tf
from engines.graph.layers import Layers
from engines.graph.networks import GraphNetwork
from engines.graph.optimizer import LossScale, Optimizer
from engines.graph.run import run_job
from engines.hrnet import recipe
from engines.hrnet.model import hrnet
from engines.hrnet.recipe import HRNetSettings, evaluation_lines, training_line
from engines.inputs import images as image_ops
from engines.inputs.records import ImageRecord, parse_image_record
from engines.ops.framework import Tensor
from engines.ops.losses import smoothed_cross_entropy
from engines.training.engine import Progress


def run(job: Job) -> int:
    """Train or evaluate HRNet and return the exit code."""
    return run_job(job, HRNet(HRNetSettings.of(job.options)))


class HRNet(GraphNetwork):
    """The recipe of :mod:`engines.hrnet.recipe` in tensors."""

    options: HRNetSettings

    name = recipe.NAME
    mean, std = recipe.RGB_MEAN, recipe.RGB_STD
    draws = image_ops.CROP_DRAWS + 1
    conv_kernel = initializers.truncated_normal(initializers.he_fan_out)
    dense_kernel = initializers.uniform(initializers.xavier)

    def __init__(self, options: HRNetSettings) -> None:
        super().__init__(options)
        if options.loss_scale_flag:
            growth = recipe.LOSS_SCALE_GROWTH_STEPS if options.loss_scale_dynamic else None
            self.loss_scale = LossScale(options.loss_scale, growth)
        background = options.num_classes == recipe.BACKGROUND_CLASSES
        self._first_label = 0 if background else 1

    def logits(self, layers: Layers, images: Tensor) -> Tensor:
        """See :func:`engines.hrnet.model.hrnet`."""
        options = self.options
        return hrnet(
            layers, images, options.shape, options.num_classes, options.batch_norm_momentum, options.head_bias
        )

    def losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy."""
        return smoothed_cross_entropy(logits, labels, 0.0)

    def learning_rate(self, plan: StepPlan, step: int) -> float:
        """See :func:`engines.hrnet.recipe.learning_rate`."""
        return recipe.learning_rate(self.options, plan, step)

    def optimizer(self, learning_rate: Tensor) -> Optimizer:
        """Momentum."""
        return tf.train.MomentumOptimizer(learning_rate, self.options.momentum)

    def training_line(self, numbers: StepNumbers) -> str:
        """See :func:`engines.hrnet.recipe.training_line`."""
        return training_line(numbers)

    def evaluation_lines(self, progress: Progress, scores: Scores) -> List[str]:
        """See :func:`engines.hrnet.recipe.evaluation_lines`; amid training they would look like its own lines."""
        own = evaluation_lines(scores) if self.options.mode == "evaluate" else []
        return super().evaluation_lines(progress, scores) + own

    def training_image(self, payload: Tensor, draws: Tensor) -> Tuple[Tensor, Tensor]:
        """A random part of the image, stretched to the input size and mirrored half of the time."""
        options = self.options
        record = self._record(payload)
        size = image_ops.image_size(record.encoded)
        if options.random_crop:
            limits = image_ops.CropLimits(area=(options.min_crop_area, 1.0))
            window = image_ops.distorted_window(size, record.boxes, draws[: image_ops.CROP_DRAWS], limits)
        else:
            window = image_ops.whole_window(size)
        image = self._resized(record, window)
        if options.random_flip:
            image = image_ops.flip_if(image, draws[image_ops.CROP_DRAWS])
        return image_ops.normalise(image, self.mean, self.std), record.label

    def evaluation_image(self, payload: Tensor) -> Tuple[Tensor, Tensor]:
        """The central square of the image: at 224 pixels, what lies in the middle of a shorter side of 256."""
        record = self._record(payload)
        window = image_ops.central_window(image_ops.image_size(record.encoded), self.options.eval_crop)
        return image_ops.normalise(self._resized(record, window), self.mean, self.std), record.label

    def _record(self, payload: Tensor) -> ImageRecord:
        return parse_image_record(payload, self.options.num_classes, self._first_label)

    def _resized(self, record: ImageRecord, window: Tensor) -> Tensor:
        side = self.options.image_size
        return image_ops.resize(image_ops.decode_window(record.encoded, window), side, side)
