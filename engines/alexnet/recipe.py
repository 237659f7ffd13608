"""AlexNet's recipe: settings and their flags, schedule, metric line. The seed's is the default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple

from engines.common.errors import UsageError
from engines.common.flags.declaration import IMAGES, NETWORK, OPTIMISATION
from engines.common.flags.leftovers import LeftoverFlags
from engines.common.flags.parser import FlagParser
from engines.common.flags.settings import CropSettings, Settings
from engines.common.flags.values import dropped_share, fraction
from engines.common.reporting.reporter import StepNumbers, format_learning_rate
from engines.common.schedules import warmup_then_epoch_cosine
from engines.common.step_plan import StepPlan

NAME = "alexnet"

LEARNING_RATE_PER_IMAGE = 0.06 / 1024
"""The seed's 0.06 at a global batch of 1024; its other settings lie on the same line."""

RGB_MEAN = (123.675, 116.28, 103.53)
RGB_STD = (58.395, 57.12, 57.375)

INITIALISERS = ("he_uniform", "xavier", "he_uniform_custom")

MIN_IMAGE_SIZE = 63
"""Input side at which the last pooling still has one window."""

_NOTHING = "the original code does nothing with it"

LEFTOVERS = LeftoverFlags(
    superseded={
        "shard": "each rank reads its own part of the images, always",
        "debug": _NOTHING,
        "eval": _NOTHING,
        "display": _NOTHING,
        "dtype": "--precision_mode sets the number formats",
    },
    elsewhere={},
)


@dataclass(frozen=True)
class AlexNetSettings(CropSettings, Settings):
    """The settings of a training of AlexNet."""

    restore_exclude: Tuple[str, ...] = ("dense_2",)
    num_classes: int = 1000
    image_size: int = 224
    max_epochs: int = 150
    alexnet_version: str = NETWORK.flag("he_uniform", "initial weights", "--version", choices=INITIALISERS)
    dropout: float = NETWORK.flag(0.35, "share of activations dropped in training", kind=dropped_share)
    dense_units: int = NETWORK.flag(4096, "width of the two hidden dense layers")
    logits_relu: bool = NETWORK.flag(
        False, "clip the logits at 0 as the original code did; training may then never start"
    )
    lr: Optional[float] = OPTIMISATION.flag(
        None, "learning rate at the end of the warm-up; left out: 0.06 per 1024 images of global batch"
    )
    warmup_epochs: int = 5
    use_nesterov: bool = True
    label_smoothing: float = 0.1
    eval_crop: float = IMAGES.flag(0.875, "central share of the side that is evaluated", kind=fraction)


def parse(arguments: List[str]) -> AlexNetSettings:
    """The settings that ``arguments`` make. Raises :class:`UsageError`."""
    description = "Train and evaluate AlexNet on TFRecord images."
    values = FlagParser(NAME, description, AlexNetSettings, leftovers=LEFTOVERS).parse(arguments)
    values.fill(batch_size_eval=values["batch_size"])
    settings = AlexNetSettings(**values)
    if settings.image_size < MIN_IMAGE_SIZE:
        raise UsageError(
            "--image_size {} is too small: the three poolings need at least {}.".format(
                settings.image_size, MIN_IMAGE_SIZE
            )
        )
    return settings


def learning_rate(settings: AlexNetSettings, plan: StepPlan, step: int) -> float:
    """The learning rate of the 0-based ``step``: warm-up in steps, then a cosine in whole epochs."""
    base = settings.lr if settings.lr is not None else LEARNING_RATE_PER_IMAGE * plan.global_batch
    return warmup_then_epoch_cosine(
        step, base, plan.steps_per_epoch, settings.warmup_epochs, settings.max_epochs
    )


def training_line(now: StepNumbers) -> str:
    """The seed's training line with the training batch's accuracy, a fraction, at its end."""
    return (
        "step:{:6d}  epoch:{:5.1f}  FPS:{:7.1f}, loss:{:6.3f}, total_loss:{:6.3f}"
        "  lr:{}  batch_time:{:3.6f}  top1:{:.4f}"
    ).format(
        now.step,
        now.epoch,
        now.throughput,
        now.loss,
        now.total_loss,
        format_learning_rate(now.lr),
        now.call_time,
        now.top1,
    )
