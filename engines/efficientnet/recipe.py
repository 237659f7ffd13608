"""EfficientNet's recipe: settings and their flags, schedule, metric line. The seed's is the default."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional

from engines.common.errors import UsageError
from engines.common.flags.declaration import CADENCE, DERIVED, IMAGES, NETWORK, OPTIMISATION, fixed
from engines.common.flags.leftovers import LeftoverFlags
from engines.common.flags.parser import FlagParser
from engines.common.flags.settings import CropSettings, Settings
from engines.common.flags.values import dropped_share, fraction, positive_number
from engines.common.reporting.reporter import StepNumbers
from engines.common.schedules import warmup_then_staircase
from engines.common.step_plan import StepPlan
from engines.efficientnet.scaling import VARIANTS

NAME = "efficientnet"

BASE_LEARNING_RATE = 0.025
"""The seed's learning rate per device, at a batch of :data:`BASE_BATCH` on each: 0.2 on eight."""

BASE_BATCH = 256

RGB_MEAN = (123.675, 116.28, 103.53)
RGB_STD = (58.395, 57.12, 57.375)

RMS_DECAY, RMS_EPSILON = 0.9, 1e-3
"""Share of the mean squared gradients that stays in each step, and what is added to them."""

MIXLIST = Path(__file__).resolve().parent / "mixlist.json"
"""Lets the means over height and width be computed in float16 too."""

MIN_IMAGE_SIZE = 32
"""Input side at which the last feature map still has one pixel."""

EVAL_MARGIN = 32
"""At the variant's input side s, s / (s + margin) of the image's shorter side is evaluated."""

BACKGROUND_CLASSES = 1001
"""A class count that means ImageNet's 1000 classes after one for the background, which has the number 0."""

HEAD = "{}/model/head/dense/"
"""Scope of the last layer, by ``--model_name``."""

SEED_NAMES = {
    "run_dir": ("--model_dir",),
    "num_classes": ("--num_label_classes",),
    "image_size": ("--input_image_size",),
    "batch_size": ("--train_batch_size",),
    "batch_size_eval": ("--eval_batch_size",),
    "max_train_steps": ("--train_steps",),
    "synthetic_train_images": ("--num_train_images",),
    "synthetic_eval_images": ("--num_eval_images",),
    "dropout": ("--dropout_rate",),
}

_RECORDS = "TFRecord files by --data_dir"

LEFTOVERS = LeftoverFlags(
    superseded={
        "num_parallel_calls": "images are read and prepared in parallel by the threads of --threads",
        "use_cache": "records are read from disk in every epoch",
        "use_async_checkpointing": "checkpoints are written between steps",
        "log_step_count_steps": "--display_every sets the steps between metric lines",
        "eval_timeout": "mode evaluate scores the checkpoints that are there and ends",
        "skip_host_call": "--save_summary_steps sets the steps between TensorBoard points",
        "transpose_input": "images stay in the order batch, height, width, channel",
    },
    elsewhere={
        "use_tpu": "--backend npu or --backend cpu",
        "tpu": "--backend npu or --backend cpu",
        "gcp_project": "a folder on this host by --data_dir",
        "tpu_zone": "a folder on this host by --data_dir",
        "bigtable_project": _RECORDS,
        "bigtable_instance": _RECORDS,
        "bigtable_table": _RECORDS,
        "bigtable_train_prefix": _RECORDS,
        "bigtable_eval_prefix": _RECORDS,
        "bigtable_column_family": _RECORDS,
        "bigtable_column_qualifier": _RECORDS,
        "export_to_tpu": "--mode export",
        "use_bfloat16": "--precision_mode",
    },
)


@dataclass(frozen=True)
class EfficientNetSettings(CropSettings, Settings):
    """The settings of a training of EfficientNet. ``use_mixlist`` of ``None`` leaves the mixlist to the engine."""

    model_name: str = NETWORK.flag("efficientnet-b0", "the scaled network", choices=sorted(VARIANTS))
    width_coefficient: float = NETWORK.flag(
        DERIVED, "factor on filters; left out: the network's", kind=positive_number
    )
    depth_coefficient: float = NETWORK.flag(
        DERIVED, "factor on the blocks of a stage; left out: the network's", kind=positive_number
    )
    dropout: float = NETWORK.flag(
        DERIVED,
        "share dropped before the last layer in training; left out: the network's",
        kind=dropped_share,
    )
    drop_connect_rate: float = NETWORK.flag(
        0.2,
        "share of images without the last block's branch in training; less for earlier blocks",
        kind=dropped_share,
    )
    batch_norm_momentum: float = NETWORK.flag(
        0.99, "share of the moving statistics that stays in each step", kind=fraction
    )
    batch_norm_epsilon: float = NETWORK.flag(1e-3, "added to the variance", kind=positive_number)
    data_format: str = NETWORK.flag("channels_last", "order of image axes", choices=("channels_last",))
    num_classes: int = 1000
    batch_size: int = 256
    max_epochs: int = 350
    lr: Optional[float] = fixed(None)
    base_learning_rate: Optional[float] = OPTIMISATION.flag(
        None,
        "learning rate after the warm-up at 256 images on each rank, in proportion for others; "
        "left out: 0.025 times the ranks",
    )
    warmup_epochs: int = 5
    lr_decay_epochs: float = OPTIMISATION.flag(
        2.4, "epochs between drops of the learning rate", kind=positive_number
    )
    lr_decay_factor: float = OPTIMISATION.flag(0.97, "what a drop leaves of it", kind=fraction)
    momentum: float = OPTIMISATION.flag(0.9, "momentum of RMSProp", kind=fraction)
    use_nesterov: bool = fixed(False)
    weight_decay: float = OPTIMISATION.flag(
        1e-5, "factor of half the squared weights, those of batch normalisation left out"
    )
    label_smoothing: float = 0.1
    moving_average_decay: float = OPTIMISATION.flag(
        0.9999,
        "decay of the averages of all weights by which the network is scored; 0 scores the weights",
        kind=fraction,
    )
    eval_crop: float = IMAGES.flag(
        DERIVED,
        "side of the central square that is evaluated, as a share of the shorter side; "
        "left out: s / (s + 32) at the input side s",
        kind=fraction,
    )
    autoaugment_name: str = IMAGES.flag(
        "none",
        "learned augmentation of training images; v0 is the authors' policy for ImageNet",
        choices=("none", "v0"),
    )
    steps_per_eval: Optional[int] = CADENCE.flag(
        None, "steps between evaluations in mode train_and_evaluate; left out: --epochs_between_evals"
    )
    save_checkpoints_steps: int = CADENCE.flag(DERIVED, "steps between checkpoints; left out: one epoch")
    use_mixlist: Optional[bool] = None
    mixlist_file: Path = MIXLIST


def parse(arguments: List[str]) -> EfficientNetSettings:
    """The settings that ``arguments`` make, what they leave open by the network. Raises :class:`UsageError`."""
    description = "Train and evaluate EfficientNet on TFRecord images."
    parser = FlagParser(NAME, description, EfficientNetSettings, SEED_NAMES, LEFTOVERS)
    values = parser.parse(arguments)
    variant = VARIANTS[values["model_name"]]
    values.fill(
        width_coefficient=variant.width,
        depth_coefficient=variant.depth,
        dropout=variant.dropout,
        image_size=variant.image_size,
        restore_exclude=(HEAD.format(values["model_name"]),),
        batch_size_eval=values["batch_size"],
        save_checkpoints_steps=0,
    )
    values.fill(eval_crop=values["image_size"] / (values["image_size"] + EVAL_MARGIN))
    settings = EfficientNetSettings(**values)
    if settings.image_size < MIN_IMAGE_SIZE:
        raise UsageError(
            "--image_size {} is too small: at least {}.".format(settings.image_size, MIN_IMAGE_SIZE)
        )
    if settings.moving_average_decay >= 1.0:
        raise UsageError(
            "--moving_average_decay 1 would keep the averages where they begin; below 1 it moves."
        )
    return settings


def learning_rate(settings: EfficientNetSettings, plan: StepPlan, step: int) -> float:
    """The learning rate of the 0-based ``step``: warm-up, then a drop every few epochs.

    ``--base_learning_rate`` is for :data:`BASE_BATCH` images on each rank and grows with them; by itself it
    grows with the ranks too, as the seed's scripts set it.
    """
    base = settings.base_learning_rate
    if base is None:
        base = BASE_LEARNING_RATE * plan.global_batch / settings.batch_size
    return warmup_then_staircase(
        step,
        base * settings.batch_size / BASE_BATCH,
        plan.steps_per_epoch,
        settings.warmup_epochs,
        settings.lr_decay_epochs,
        settings.lr_decay_factor,
    )


def training_line(now: StepNumbers) -> str:
    """The seed's training line, rounded, with the training batch's accuracy, a fraction, at its end.

    ``loss`` is what is minimised, weight decay included; ``ips`` is images/s over all ranks.
    """
    return "step:{:d}  epoch:{:.3f} ips:{:.1f} loss:{:.4f} lr:{:.8f} top1:{:.4f}".format(
        now.step, now.epoch, now.throughput, now.total_loss, now.lr, now.top1
    )
