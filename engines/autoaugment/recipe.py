"""AutoAugment's recipe: settings and their flags, schedule, lines. The seed's is the default.

E. D. Cubuk et al., "AutoAugment: Learning Augmentation Policies from Data", 2018.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Tuple

from engines.autoaugment.data.layouts import check_parts
from engines.autoaugment.data.traits import DATASETS, DatasetTraits
from engines.common.errors import UsageError
from engines.common.flags.declaration import (
    DEBUG,
    DERIVED,
    IMAGES,
    NETWORK,
    OPTIMISATION,
    RUN,
    fixed,
)
from engines.common.flags.parser import FlagParser, FlagValues
from engines.common.flags.settings import Settings
from engines.common.flags.values import dropped_share, names, natural_int
from engines.common.job import Checks
from engines.common.reporting.reporter import StepNumbers, format_learning_rate
from engines.common.reporting.results import Scores
from engines.common.schedules import warmup_then_epoch_cosine, warmup_then_multi_step
from engines.common.step_plan import StepPlan
from engines.pytorch.preflight import check_backend
from engines.training.engine import Progress

NAME = "autoaugment"

SEED_NAMES = {
    "max_epochs": ("--epochs",),
    "lr": ("--learning-rate", "--learning_rate"),
    "lr_decay_factor": ("--gamma",),
    "weight_decay": ("--weight-decay",),
    "use_nesterov": ("--nesterov",),
    "loss_scale": ("--loss-scale-value", "--loss_scale_value"),
    "apex_opt_level": ("--apex-opt-level",),
    "auto_augment": ("--auto-augment",),
}

LEARNING_RATE_PER_IMAGE = 0.1 / 128
"""The seed's 0.1 at a batch of 128."""

PRECISION_MODES = ("O0", "O1", "O2", "O3")
PRECISION_HELP = (
    "number formats: O0 float32; O1 and O2 mixed, with float32 weights; O3 low precision throughout. Low is "
    "float16 on NPU and bfloat16 on CPU, where the CPU computes in it. Left out: O0, or --apex-opt-level with "
    "--apex"
)

MINIMUM_IMAGE_SIZE = {"wideresnet": 8, "resnet50": 32}


def _epochs(text: str) -> Tuple[int, ...]:
    """A list of rising epochs."""
    try:
        epochs = [int(item) for item in names(text)]
    except ValueError:
        epochs = [-1]
    if epochs != sorted(set(epochs)) or min(epochs, default=0) < 0:
        raise argparse.ArgumentTypeError("must be rising epochs such as 60,120,160, not '{}'".format(text))
    return tuple(epochs)


@dataclass(frozen=True)
class AutoAugmentSettings(Settings):
    """The settings of a training with AutoAugment; ``traits`` are those of ``dataset``."""

    dataset: str = RUN.flag("cifar10", "what --data_dir holds", choices=sorted(DATASETS))
    traits: DatasetTraits = fixed(DERIVED)
    run_dir: Path = DERIVED
    name: str = RUN.flag("auto", "name of the run; auto: from data set, network and augmentation")
    device_id: Optional[int] = RUN.flag(None, "NPU; left out: ASCEND_DEVICE_ID", kind=natural_int)
    restore_exclude: Tuple[str, ...] = ("fc",)
    network: str = NETWORK.flag(
        DERIVED, "left out: resnet50 for imagenet, else wideresnet", choices=sorted(MINIMUM_IMAGE_SIZE)
    )
    depth: int = NETWORK.flag(28, "layers of the WideResNet: 6 n + 4")
    width: int = NETWORK.flag(10, "widening factor of the WideResNet")
    dropout: float = NETWORK.flag(
        0.3, "share of activations dropped inside a WideResNet's block", kind=dropped_share
    )
    channels_last: bool = NETWORK.flag(True, "keep the channels of a pixel together in memory")
    max_epochs: int = 200
    iterations_per_loop: int = fixed(1)
    lr: Optional[float] = OPTIMISATION.flag(
        None, "learning rate after the warm-up; left out: 0.1 per 128 images of global batch"
    )
    lr_schedule: str = OPTIMISATION.flag(
        "multistep",
        "multistep: times --lr_decay_factor at --milestones; cosine: to 0 over --max_epochs, as in the paper",
        choices=("multistep", "cosine"),
    )
    milestones: Tuple[int, ...] = OPTIMISATION.flag((60, 120, 160), "epochs of decay, from 0", kind=_epochs)
    lr_decay_factor: float = OPTIMISATION.flag(0.2, "what a milestone leaves of the learning rate")
    weight_decay: float = OPTIMISATION.flag(5e-4, "factor of half the squared weights, all of them")
    apex: bool = OPTIMISATION.flag(False, "train in mixed precision", switch=True)
    apex_opt_level: str = OPTIMISATION.flag(
        "O1", "how, with --apex; see --precision_mode", choices=PRECISION_MODES
    )
    loss_scale: float = OPTIMISATION.flag(
        1024.0, "factor on the loss where gradients are float16; -1: dynamic"
    )
    auto_augment: bool = IMAGES.flag(False, "apply a learned policy")
    policy: str = IMAGES.flag(
        DERIVED,
        "the policy; left out: the one learned on the data set or one like it",
        choices=("cifar10", "imagenet", "svhn"),
    )
    cutout: bool = IMAGES.flag(False, "blank a random square of every image")
    cutout_size: int = IMAGES.flag(16, "side of that square in pixels")
    random_crop: bool = IMAGES.flag(
        True, "train on random parts: shifted by up to an eighth, or resized from photos"
    )
    random_flip: bool = IMAGES.flag(
        DERIVED, "mirror every other image; left out: True but for svhn and digits"
    )
    synthetic_train_images: int = 50000
    synthetic_eval_images: int = 10000
    display_every: int = 10
    epochs_between_evals: int = 1
    precision_mode: Optional[str] = DEBUG.flag(None, PRECISION_HELP, choices=PRECISION_MODES)


def parse(arguments: List[str]) -> AutoAugmentSettings:
    """The settings that ``arguments`` make, what they leave open by the data set. Raises :class:`UsageError`."""
    description = "Train and evaluate WideResNet and ResNet-50 with AutoAugment."
    values = FlagParser(NAME, description, AutoAugmentSettings, SEED_NAMES).parse(arguments)
    traits = DATASETS[values["dataset"]]
    values.fill(
        num_classes=traits.num_classes,
        image_size=traits.image_size,
        network=traits.network,
        random_flip=traits.flip,
        policy=traits.policy,
        batch_size_eval=values["batch_size"],
    )
    _fill_precision(values)
    if values["name"] == "auto":
        values["name"] = _run_name(values)
    values.fill(run_dir=Path("models") / values["name"])
    settings = AutoAugmentSettings(traits=traits, **values)
    _check_network(settings)
    return settings


def learning_rate(settings: AutoAugmentSettings, plan: StepPlan, step: int) -> float:
    """The learning rate of the 0-based ``step``."""
    base = settings.lr if settings.lr is not None else LEARNING_RATE_PER_IMAGE * plan.global_batch
    if settings.lr_schedule == "cosine":
        return warmup_then_epoch_cosine(
            step, base, plan.steps_per_epoch, settings.warmup_epochs, settings.max_epochs
        )
    return warmup_then_multi_step(
        step,
        base,
        plan.steps_per_epoch,
        settings.warmup_epochs,
        settings.milestones,
        settings.lr_decay_factor,
    )


def _run_name(values: FlagValues) -> str:
    """The name that the seed gives a run."""
    if values["network"] == "wideresnet":
        network = "WideResNet{}-{}".format(values["depth"], values["width"])
    else:
        network = "ResNet50"
    changes = "_wCutout" * values["cutout"] + "_wAutoAugment" * values["auto_augment"]
    return "{}_{}{}".format(values["dataset"], network, changes)


def _fill_precision(values: FlagValues) -> None:
    """Join the toggle and the seed's two flags, which say the same."""
    level, scale = values["apex_opt_level"], values["loss_scale"]
    if values["apex"]:
        if values["precision_mode"] not in (None, level):
            raise UsageError(
                "--apex-opt-level {} and --precision_mode {} contradict each other: give one of them.".format(
                    level, values["precision_mode"]
                )
            )
        values["precision_mode"] = level
    if scale <= 0 and scale != -1:
        raise UsageError(
            "--loss-scale-value {} is neither a positive factor nor -1, which is dynamic.".format(scale)
        )


def _check_network(settings: AutoAugmentSettings) -> None:
    if settings.network == "wideresnet" and (settings.depth < 10 or (settings.depth - 4) % 6):
        raise UsageError("--depth {} is not 6 n + 4, such as 16, 28 or 40.".format(settings.depth))
    minimum = MINIMUM_IMAGE_SIZE[settings.network]
    if settings.image_size < minimum:
        raise UsageError("--image_size {} is too small: at least {}.".format(settings.image_size, minimum))
    if settings.num_classes < 2:
        raise UsageError("--num_classes {} is too few: at least 2.".format(settings.num_classes))


def check_data(settings: Settings) -> None:
    """Raise :class:`UsageError` unless ``--data_dir`` holds the parts that the mode reads."""
    own = AutoAugmentSettings.of(settings)
    parts = ["train"] * (own.mode != "evaluate") + ["validation"] * (own.mode != "train")
    check_parts(own.data_dir, own.dataset, parts)


CHECKS = Checks(check_data, check_backend)


def training_line(now: StepNumbers) -> str:
    """Means since the last line."""
    return "{} - step {}/{} - epoch {:.3f} - step_time {:.6f}".format(
        _start(now.loss, now.top1, now.throughput, now.lr),
        now.step,
        now.total_steps,
        now.epoch,
        now.call_time,
    )


def evaluation_line(progress: Progress, scores: Scores) -> str:
    """Means since the last evaluation with this one's scores; or an evaluation without training."""
    period = progress.period
    if period is None:
        return "step {} - val_loss {:.4f} - val_top5 {:.4f} - val_acc {:.4f}".format(
            progress.step, scores.loss, 100.0 * scores.top5, 100.0 * scores.top1
        )
    return "{} - step {} - epoch {:.3f} - val_loss {:.4f} - val_acc {:.4f}".format(
        _start(period.loss, period.top1, period.throughput, period.lr),
        progress.step,
        progress.epoch,
        scores.loss,
        100.0 * scores.top1,
    )


def _start(loss: float, top1: float, images_per_second: float, lr: float) -> str:
    return "loss {:.4f} - acc {:.4f} - fps {:.4f} - lr {}".format(
        loss, 100.0 * top1, images_per_second, format_learning_rate(lr).strip()
    )
