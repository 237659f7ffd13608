"""HRNet's recipe: settings and their flags, schedule, lines. The seed's is the default, for the 100 epochs of the
official one."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from typing import List, Optional, Tuple

from engines.common.devices.ranks import read_rank_environment
from engines.common.errors import UsageError
from engines.common.flags.declaration import DERIVED, NETWORK, OPTIMISATION, RUN, STEPS, fixed
from engines.common.flags.leftovers import LeftoverFlags
from engines.common.flags.parser import FlagParser, FlagValues
from engines.common.flags.settings import CropSettings, Settings
from engines.common.flags.values import fraction, names, positive_number
from engines.common.reporting.reporter import StepNumbers
from engines.common.reporting.results import Scores
from engines.common.schedules import warmup_then_multi_step
from engines.common.step_plan import StepPlan
from engines.hrnet.net_cfg import HEAD, NetShape, read_net_cfg, shipped_names

NAME = "hrnet"

BASE_BATCH = 256
"""The global batch at which the learning rate is the cfg's ``lr_rate_init``; in proportion for others."""

MILESTONES = (30, 60, 90)
"""After how many hundredths of the epochs the learning rate drops."""

GAMMA = 0.1
"""The share of the learning rate that a drop leaves."""

RGB_MEAN = (123.68, 116.78, 103.94)
RGB_STD = (1.0, 1.0, 1.0)

BACKGROUND_CLASSES = 1001
"""A class count that means ImageNet's 1000 classes after one for the background, which has the number 0."""

MIN_IMAGE_SIZE = 4
"""Input side at which the finest map still has one pixel."""

LOSS_SCALE = 2.0**32
LOSS_SCALE_GROWTH_STEPS = 1000

SEED_NAMES = {
    "data_dir": ("--data_path",),
    "run_dir": ("--model_path",),
    "num_classes": ("--nb_classes",),
    "max_train_steps": ("--train_steps",),
    "batch_norm_momentum": ("--bn_decay",),
    "milestones": ("--lr_milestones",),
    "loss_scale": ("--loss_scale_value",),
    "display_every": ("--summary_step",),
    "save_checkpoints_steps": ("--save_step",),
    "data_dump_flag": ("--data_dump",),
}

_THREADS = "images are read and prepared in parallel by the threads of --threads"
_SHUFFLE = "every epoch is shuffled as a whole"
_COPY = "a folder on this host by --data_path"

LEFTOVERS = LeftoverFlags(
    superseded={
        "cycle_length": _THREADS,
        "nb_threads": _THREADS,
        "buffer_size": _SHUFFLE,
        "prefetch_size": "two batches are prepared ahead",
        "nb_smpls_val": "the images of the evaluation set are counted",
        "random_remove": "the original code does nothing with it",
        "autotune": "the original code does nothing with it",
    },
    elsewhere={
        "data_disk": _COPY,
        "data_hdfs_host": _COPY,
        "data_dir_local": _COPY,
        "data_dir_hdfs": _COPY,
    },
)


def _numbers(text: str) -> Tuple[float, ...]:
    """A comma-separated list of numbers from 0 up; none at all is a list too."""
    try:
        found = tuple(float(word) for word in names(text))
    except ValueError:
        found = (-1.0,)
    if not all(0.0 <= number < float("inf") for number in found):
        raise argparse.ArgumentTypeError("must be numbers such as 30,60,90, not '{}'".format(text))
    return found


@dataclass(frozen=True)
class HRNetSettings(CropSettings, Settings):
    """The settings of a training of HRNet; ``shape`` is the network of ``net_cfg``."""

    restore_exclude: Tuple[str, ...] = (HEAD,)
    image_size: int = 224
    net_cfg: str = NETWORK.flag(
        "w30",
        "network: a cfg file, or one that comes with the engine ({})".format(", ".join(shipped_names())),
        metavar="CFG",
    )
    shape: NetShape = fixed(DERIVED)
    batch_norm_momentum: float = NETWORK.flag(
        0.9,
        "share of batch normalisation's moving statistics that stays in each step; "
        "0.999, the original code's, takes thousands of steps to follow",
        kind=fraction,
    )
    head_bias: bool = NETWORK.flag(
        False, "biases in the head's convolutions, as the official network has, 3,840 more parameters"
    )
    dropout: float = fixed(0.0)
    enbl_multi_gpu: Optional[bool] = STEPS.flag(
        None, "whether there are several ranks; only checked against RANK_SIZE, which sets it"
    )
    batch_size: int = 32
    max_epochs: int = 100
    nb_smpls_train: Optional[int] = STEPS.flag(
        None, "images that make an epoch; left out: those of the training set"
    )
    nb_smpls_eval: Optional[int] = STEPS.flag(
        None, "images of the evaluation set that --synthetic stands for; those of a real one are counted"
    )
    lr_rate_init: float = OPTIMISATION.flag(
        DERIVED,
        "first learning rate at a global batch of 256, in proportion for others; left out: the cfg's",
        kind=positive_number,
    )
    lr: Optional[float] = OPTIMISATION.flag(
        None, "first learning rate as it is, instead of --lr_rate_init", kind=positive_number
    )
    milestones: Tuple[float, ...] = OPTIMISATION.flag(
        DERIVED,
        "comma-separated epochs from which on the learning rate is a tenth of before; "
        "left out: 30, 60 and 90 hundredths of --max_epochs",
        kind=_numbers,
        metavar="EPOCHS",
    )
    momentum: float = OPTIMISATION.flag(
        DERIVED, "momentum of the optimizer; left out: the cfg's", kind=fraction
    )
    use_nesterov: bool = fixed(False)
    weight_decay: float = OPTIMISATION.flag(
        DERIVED, "factor of half the squared weights, all of them; left out: the cfg's weight_l2_scale"
    )
    label_smoothing: float = fixed(0.0)
    loss_scale_flag: bool = OPTIMISATION.flag(True, "scale the loss where float16 is computed in (NPU)")
    loss_scale: float = OPTIMISATION.flag(LOSS_SCALE, "first factor on the loss", kind=positive_number)
    loss_scale_dynamic: bool = OPTIMISATION.flag(
        True, "double the factor after 1000 steps without overflow, halve it after 2 with one"
    )
    min_crop_area: float = 0.05
    display_every: int = DERIVED
    save_checkpoints_steps: int = DERIVED
    eval_only: bool = RUN.flag(False, "the same as --mode evaluate")
    resume_training: bool = RUN.flag(
        False, "go on from the newest checkpoint in --run_dir, the same as --resume_from RUN_DIR"
    )


def parse(arguments: List[str]) -> HRNetSettings:
    """The settings that ``arguments`` make, what they leave open by the cfg. Raises :class:`UsageError`."""
    description = "Train and evaluate HRNet on TFRecord images."
    values = FlagParser(NAME, description, HRNetSettings, SEED_NAMES, LEFTOVERS).parse(arguments)
    world_size = read_rank_environment(os.environ).world_size
    _check_ranks(values["enbl_multi_gpu"], world_size)
    cfg = read_net_cfg(values["net_cfg"])
    values.fill(
        num_classes=cfg.num_classes,
        lr_rate_init=cfg.base_lr,
        momentum=cfg.momentum,
        weight_decay=cfg.weight_decay,
        display_every=cfg.summary_step,
        save_checkpoints_steps=cfg.save_step,
        batch_size_eval=values["batch_size"],
        milestones=tuple(values["max_epochs"] * percent / 100 for percent in MILESTONES),
    )
    if values["eval_only"]:
        values["mode"] = "evaluate"
    if values["resume_training"]:
        values.fill(resume_from=values["run_dir"])
    _fill_sizes(values, world_size)
    values["notices"] = (*cfg.remarks, *values["notices"], *_vain_sizes(values))
    settings = HRNetSettings(shape=cfg.shape, **values)
    if settings.image_size < MIN_IMAGE_SIZE:
        raise UsageError(
            "--image_size {} is too small: at least {}.".format(settings.image_size, MIN_IMAGE_SIZE)
        )
    return settings


def learning_rate(settings: HRNetSettings, plan: StepPlan, step: int) -> float:
    """The learning rate of the 0-based ``step``: warm-up, then constant between the milestones."""
    base = settings.lr if settings.lr is not None else settings.lr_rate_init * plan.global_batch / BASE_BATCH
    steps_per_epoch = (settings.nb_smpls_train or plan.train_images) // plan.global_batch
    return warmup_then_multi_step(
        step, base, steps_per_epoch, settings.warmup_epochs, settings.milestones, GAMMA
    )


def _check_ranks(several: Optional[bool], world_size: int) -> None:
    """``--enbl_multi_gpu`` and RANK_SIZE say the same."""
    if several is not None and several != (world_size > 1):
        raise UsageError(
            "--enbl_multi_gpu is {}, but RANK_SIZE is {}: start one process per rank, each with RANK_SIZE "
            "set, or leave the flag out.".format(several, world_size)
        )


def _fill_sizes(values: FlagValues, world_size: int) -> None:
    """Let the sizes of the seed's flags hold: an epoch has ``--nb_smpls_train`` images, whatever the data set has."""
    if values["nb_smpls_eval"] is not None:
        values["synthetic_eval_images"] = values["nb_smpls_eval"]
    images = values["nb_smpls_train"]
    if images is None:
        return
    values["synthetic_train_images"] = images
    global_batch = values["batch_size"] * world_size
    if images < global_batch:
        raise UsageError(
            "--nb_smpls_train {} is less than one global batch of {} images.".format(images, global_batch)
        )
    values.fill(max_train_steps=values["max_epochs"] * (images // global_batch))


def _vain_sizes(values: FlagValues) -> List[str]:
    if values["nb_smpls_eval"] is None or values["synthetic"]:
        return []
    return ["--nb_smpls_eval is not used: every image of the evaluation set is scored once."]


def training_line(now: StepNumbers) -> str:
    """The seed's training line.

    ``loss`` is what is minimised, ``l2_loss`` the weight decay in it; accuracies are fractions of the training
    batch, ``speed`` is over all ranks.
    """
    return (
        "iter #{:d}: lr = {:.4e} | loss = {:.4e} | acc_top1 = {:.4e} | acc_top5 = {:.4e} | l2_loss = {:.4e} "
        "| speed = {:.2f} pics / sec"
    ).format(now.step, now.lr, now.total_loss, now.top1, now.top5, now.decay, now.throughput)


def evaluation_lines(scores: Scores) -> List[str]:
    """The seed's lines of an evaluation, one for each metric; ``loss`` as in the training line."""
    return [
        "{} = {:.4e}".format(name, value)
        for name, value in (
            ("loss", scores.loss + scores.decay),
            ("acc_top1", scores.top1),
            ("acc_top5", scores.top5),
            ("l2_loss", scores.decay),
        )
    ]
