"""AlexNet's network and recipe, handed to the shared trainer."""

from __future__ import annotations

from typing import Tuple

from engines.alexnet import recipe
from engines.alexnet.model import alexnet
from engines.alexnet.recipe import AlexNetSettings, training_line
from engines.common.job import Job
from engines.common.reporting.reporter import StepNumbers
from engines.common.step_plan import StepPlan
from engines.graph import initializers
from engines.graph.framework import tf
from engines.graph.layers import Layers
from engines.graph.networks import GraphNetwork
from engines.graph.optimizer import LossScale, Optimizer
from engines.graph.run import run_job
from engines.inputs import images as image_ops
from engines.inputs.records import parse_image_record
from engines.ops.framework import Tensor
from engines.ops.losses import smoothed_cross_entropy


def run(job: Job) -> int:
    """Train, evaluate or export AlexNet and return the exit code."""
    return run_job(job, AlexNet(AlexNetSettings.of(job.options)))


class AlexNet(GraphNetwork):
    """The recipe of :mod:`engines.alexnet.recipe` in tensors."""

    options: AlexNetSettings

    name = recipe.NAME
    mean, std = recipe.RGB_MEAN, recipe.RGB_STD
    draws = image_ops.CROP_DRAWS + 1

    def __init__(self, options: AlexNetSettings) -> None:
        super().__init__(options)
        limit = getattr(initializers, options.alexnet_version)
        self.conv_kernel = self.dense_kernel = initializers.uniform(limit)
        self.loss_scale = LossScale(options.loss_scale)

    def logits(self, layers: Layers, images: Tensor) -> Tensor:
        """See :func:`engines.alexnet.model.alexnet`."""
        options = self.options
        return alexnet(
            layers, images, options.num_classes, options.dropout, options.dense_units, options.logits_relu
        )

    def losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy with label smoothing."""
        return smoothed_cross_entropy(logits, labels, self.options.label_smoothing)

    def learning_rate(self, plan: StepPlan, step: int) -> float:
        """See :func:`engines.alexnet.recipe.learning_rate`."""
        return recipe.learning_rate(self.options, plan, step)

    def optimizer(self, learning_rate: Tensor) -> Optimizer:
        """Momentum, by default in Nesterov's form."""
        return tf.train.MomentumOptimizer(
            learning_rate, self.options.momentum, use_nesterov=self.options.use_nesterov
        )

    def training_line(self, numbers: StepNumbers) -> str:
        """See :func:`engines.alexnet.recipe.training_line`."""
        return training_line(numbers)

    def training_image(self, payload: Tensor, draws: Tensor) -> Tuple[Tensor, Tensor]:
        """A random part of the image, stretched to the input size and mirrored half of the time."""
        options = self.options
        record = parse_image_record(payload, options.num_classes)
        size = image_ops.image_size(record.encoded)
        if options.random_crop:
            limits = image_ops.CropLimits(area=(options.min_crop_area, 1.0))
            window = image_ops.distorted_window(size, record.boxes, draws[: image_ops.CROP_DRAWS], limits)
        else:
            window = image_ops.whole_window(size)
        image = image_ops.decode_window(record.encoded, window)
        image = image_ops.resize(image, options.image_size, options.image_size)
        if options.random_flip:
            image = image_ops.flip_if(image, draws[image_ops.CROP_DRAWS])
        return image_ops.normalise(image, self.mean, self.std), record.label

    def evaluation_image(self, payload: Tensor) -> Tuple[Tensor, Tensor]:
        """The middle of the image, after stretching it to a square that is larger by 1 / ``--eval_crop``."""
        options = self.options
        record = parse_image_record(payload, options.num_classes)
        side = round(options.image_size / options.eval_crop)
        image = image_ops.decode_window(
            record.encoded, image_ops.whole_window(image_ops.image_size(record.encoded))
        )
        image = image_ops.central_square(image_ops.resize(image, side, side), options.image_size)
        return image_ops.normalise(image, self.mean, self.std), record.label
