"""EfficientNet's network and recipe, handed to the shared trainer."""

from __future__ import annotations

from typing import Tuple

from engines.common.job import Job
from engines.common.reporting.reporter import StepNumbers
from engines.common.step_plan import StepPlan
from engines.efficientnet import recipe
from engines.efficientnet.model import Architecture, efficientnet
from engines.efficientnet.recipe import EfficientNetSettings, training_line
from engines.graph import initializers
from engines.graph.framework import tf
from engines.graph.layers import Layers
from engines.graph.networks import GraphNetwork
from engines.graph.optimizer import LossScale, Optimizer
from engines.graph.run import run_job
from engines.inputs import images as image_ops
from engines.inputs import policies
from engines.inputs.records import ImageRecord, parse_image_record
from engines.ops.framework import Tensor
from engines.ops.losses import smoothed_cross_entropy


def run(job: Job) -> int:
    """Train or evaluate EfficientNet and return the exit code."""
    return run_job(_with_own_mixlist(job), EfficientNet(EfficientNetSettings.of(job.options)))


def _with_own_mixlist(job: Job) -> Job:
    """``job`` with :data:`recipe.MIXLIST` where precision is mixed on NPU and no flag says otherwise."""
    toggles = job.toggles
    mixed = (toggles.precision_mode or "allow_mix_precision").startswith("allow_mix_precision")
    if job.backend != "npu" or not mixed or job.options.use_mixlist is not None:
        return job
    return job._replace(toggles=toggles._replace(mixlist=recipe.MIXLIST))


class EfficientNet(GraphNetwork):
    """The recipe of :mod:`engines.efficientnet.recipe` in tensors."""

    options: EfficientNetSettings

    name = recipe.NAME
    mean, std = recipe.RGB_MEAN, recipe.RGB_STD
    draws = image_ops.CROP_DRAWS + 1 + policies.DRAWS
    conv_kernel = initializers.normal(initializers.he_fan_out)
    dense_kernel = initializers.uniform(initializers.inverse_root_fan_out)

    def __init__(self, options: EfficientNetSettings) -> None:
        super().__init__(options)
        self.average_decay = options.moving_average_decay
        self.loss_scale = LossScale(options.loss_scale)
        self._policy = None if options.autoaugment_name == "none" else policies.load(options.autoaugment_name)
        background = options.num_classes == recipe.BACKGROUND_CLASSES
        self._first_label = 0 if background else 1

    def logits(self, layers: Layers, images: Tensor) -> Tensor:
        """See :func:`engines.efficientnet.model.efficientnet`."""
        options = self.options
        architecture = Architecture(
            scope=options.model_name,
            num_classes=options.num_classes,
            width=options.width_coefficient,
            depth=options.depth_coefficient,
            dropout=options.dropout,
            drop_connect=options.drop_connect_rate,
            momentum=options.batch_norm_momentum,
            epsilon=options.batch_norm_epsilon,
        )
        return efficientnet(layers, images, architecture)

    def losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy with label smoothing."""
        return smoothed_cross_entropy(logits, labels, self.options.label_smoothing)

    def decays(self, name: str) -> bool:
        """All but what batch normalisation has."""
        return "batch_normalization" not in name

    def learning_rate(self, plan: StepPlan, step: int) -> float:
        """See :func:`engines.efficientnet.recipe.learning_rate`."""
        return recipe.learning_rate(self.options, plan, step)

    def optimizer(self, learning_rate: Tensor) -> Optimizer:
        """RMSProp (Tieleman and Hinton, 2012) with momentum."""
        return tf.train.RMSPropOptimizer(
            learning_rate, recipe.RMS_DECAY, self.options.momentum, recipe.RMS_EPSILON
        )

    def steps_between_evaluations(self, plan: StepPlan) -> int:
        """``--steps_per_eval``, or else by epochs."""
        return self.options.steps_per_eval or super().steps_between_evaluations(plan)

    def training_line(self, numbers: StepNumbers) -> str:
        """See :func:`engines.efficientnet.recipe.training_line`."""
        return training_line(numbers)

    def training_image(self, payload: Tensor, draws: Tensor) -> Tuple[Tensor, Tensor]:
        """A random part of the image, stretched to the input size, mirrored half of the time, and augmented."""
        options = self.options
        crop_draws, flip_draw, policy_draws = tf.split(draws, [image_ops.CROP_DRAWS, 1, policies.DRAWS])
        record = self._record(payload)
        size = image_ops.image_size(record.encoded)
        if options.random_crop:
            limits = image_ops.CropLimits(area=(options.min_crop_area, 1.0))
            window = image_ops.distorted_window(size, tf.zeros([0, 4]), crop_draws, limits)
            whole = tf.reduce_all(tf.equal(window, image_ops.whole_window(size)))
            window = tf.where(whole, image_ops.central_window(size, options.eval_crop), window)
        else:
            window = image_ops.whole_window(size)
        image = self._resized(record, window)
        if options.random_flip:
            image = image_ops.flip_if(image, flip_draw[0])
        if self._policy is not None:
            pixels = tf.saturate_cast(image, tf.uint8)
            image = tf.cast(policies.apply(self._policy, pixels, policy_draws), tf.float32)
        return image_ops.normalise(image, self.mean, self.std), record.label

    def evaluation_image(self, payload: Tensor) -> Tuple[Tensor, Tensor]:
        """The central square of the image."""
        record = self._record(payload)
        size = image_ops.image_size(record.encoded)
        image = self._resized(record, image_ops.central_window(size, self.options.eval_crop))
        return image_ops.normalise(image, self.mean, self.std), record.label

    def _record(self, payload: Tensor) -> ImageRecord:
        return parse_image_record(payload, self.options.num_classes, self._first_label)

    def _resized(self, record: ImageRecord, window: Tensor) -> Tensor:
        side = self.options.image_size
        return image_ops.resize_bicubic(image_ops.decode_window(record.encoded, window), side, side)
