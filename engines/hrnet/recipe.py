"""How HRNet is trained: its flags, its schedule, its augmentation. The seed's recipe is the default, for the
100 epochs of the official one."""

from __future__ import annotations

import argparse
import os
from typing import List, Optional, Tuple

from engines.common.devices.ranks import read_rank_environment
from engines.common.errors import UsageError
from engines.common.flags.cadence import add_cadence_flags
from engines.common.flags.images import add_image_flags
from engines.common.flags.parser import (
    FlagParser,
    boolean,
    fraction,
    names,
    natural_int,
    positive_int,
    positive_number,
)
from engines.common.flags.run import add_run_flags
from engines.common.flags.steps import add_step_flags
from engines.common.flags.toggles import add_toggle_flags
from engines.common.schedules import warmup_then_multi_step
from engines.hrnet.leftovers import LEFTOVERS
from engines.hrnet.net_cfg import HEAD, NetCfg, read_net_cfg, shipped_names
from engines.training.step_plan import StepPlan

NAME = "hrnet"

BASE_BATCH = 256
"""The global batch at which the learning rate is the cfg's ``lr_rate_init``; in proportion for others."""

MILESTONES = (30, 60, 90)
"""After how many hundredths of the epochs the learning rate drops."""

GAMMA = 0.1
"""What a drop leaves of the learning rate."""

RGB_MEAN = (123.68, 116.78, 103.94)
RGB_STD = (1.0, 1.0, 1.0)

EVAL_CROP = 224 / 256
"""Central share of the shorter side that is evaluated."""

BACKGROUND_CLASSES = 1001
"""A class count that means ImageNet's 1000 classes after one for the background, which has the number 0."""

MIN_IMAGE_SIZE = 4
"""Input side at which the finest map still has one pixel."""

LOSS_SCALE = 2.0**32
LOSS_SCALE_GROWTH_STEPS = 1000


def parse(arguments: List[str]) -> argparse.Namespace:
    """The options that ``arguments`` set, with what they leave open filled in. Raises :class:`UsageError`.

    ``shape`` is the network of ``--net_cfg``; ``notices`` are sentences about what was given in vain.
    """
    options = _parser().parse(arguments)
    LEFTOVERS.refuse(options)
    world_size = read_rank_environment(os.environ).world_size
    _check_ranks(options.enbl_multi_gpu, world_size)
    cfg = read_net_cfg(options.net_cfg)
    options.shape = cfg.shape
    _fill_from_cfg(options, cfg)
    if options.lr_milestones is None:
        options.lr_milestones = tuple(options.max_epochs * percent / 100 for percent in MILESTONES)
    if options.eval_only:
        options.mode = "evaluate"
    if options.resume_training and options.resume_from is None:
        options.resume_from = options.run_dir
    _fill_sizes(options, world_size)
    options.notices = [*cfg.remarks, *LEFTOVERS.notices(options), *_vain_sizes(options)]
    if options.image_size < MIN_IMAGE_SIZE:
        raise UsageError(
            "--image_size {} is too small: at least {}.".format(options.image_size, MIN_IMAGE_SIZE)
        )
    return options


def learning_rate(options: argparse.Namespace, plan: StepPlan, step: int) -> float:
    """The learning rate of the 0-based ``step``: warm-up, then constant between the milestones."""
    base = options.lr if options.lr is not None else options.lr_rate_init * plan.global_batch / BASE_BATCH
    steps_per_epoch = (options.nb_smpls_train or plan.train_images) // plan.global_batch
    return warmup_then_multi_step(
        step, base, steps_per_epoch, options.warmup_epochs, options.lr_milestones, GAMMA
    )


def _check_ranks(several: Optional[bool], world_size: int) -> None:
    """``--enbl_multi_gpu`` and RANK_SIZE say the same."""
    if several is not None and several != (world_size > 1):
        raise UsageError(
            "--enbl_multi_gpu is {}, but RANK_SIZE is {}: start one process per rank, each with RANK_SIZE "
            "set, or leave the flag out.".format(several, world_size)
        )


def _fill_from_cfg(options: argparse.Namespace, cfg: NetCfg) -> None:
    """Take what no flag sets from the cfg."""
    for name, value in (
        ("num_classes", cfg.num_classes),
        ("lr_rate_init", cfg.base_lr),
        ("momentum", cfg.momentum),
        ("weight_decay", cfg.weight_decay),
        ("display_every", cfg.summary_step),
        ("save_checkpoints_steps", cfg.save_step),
        ("batch_size_eval", options.batch_size),
    ):
        if getattr(options, name) is None:
            setattr(options, name, value)


def _fill_sizes(options: argparse.Namespace, world_size: int) -> None:
    """Let the sizes of the seed's flags hold: an epoch has ``--nb_smpls_train`` images, whatever the data set has."""
    if options.nb_smpls_eval is not None:
        options.synthetic_eval_images = options.nb_smpls_eval
    if options.nb_smpls_train is None:
        return
    options.synthetic_train_images = options.nb_smpls_train
    steps = options.nb_smpls_train // (options.batch_size * world_size)
    if steps == 0:
        raise UsageError(
            "--nb_smpls_train {} is less than one global batch of {} images.".format(
                options.nb_smpls_train, options.batch_size * world_size
            )
        )
    if options.max_train_steps is None:
        options.max_train_steps = options.max_epochs * steps


def _vain_sizes(options: argparse.Namespace) -> List[str]:
    if options.nb_smpls_eval is None or options.synthetic:
        return []
    return ["--nb_smpls_eval is not used: every image of the evaluation set is scored once."]


def _parser() -> FlagParser:
    parser = FlagParser("engines hrnet", "Train and evaluate HRNet on TFRecord images.")
    add_run_flags(
        parser,
        num_classes=None,
        image_size=224,
        restore_exclude=(HEAD,),
        seed_names={"data_dir": "--data_path", "run_dir": "--model_path", "num_classes": "--nb_classes"},
    )
    _add_network_flags(parser)
    _add_optimisation_flags(parser)
    _add_length_flags(parser)
    add_step_flags(parser, batch_size=32, max_epochs=100, seed_names={"max_train_steps": "--train_steps"})
    add_image_flags(
        parser,
        min_crop_area=0.05,
        eval_crop=EVAL_CROP,
        eval_crop_help="side of the central square that is evaluated, as a share of the shorter side",
    )
    add_cadence_flags(parser)
    add_toggle_flags(parser)
    parser.set_defaults(display_every=None, save_checkpoints_steps=None)
    _add_other_spellings(parser)
    LEFTOVERS.add_to(parser)
    return parser


def _add_network_flags(parser: FlagParser) -> None:
    group = parser.add_argument_group("network", "What is left out comes from --net_cfg.")
    group.add_argument(
        "--net_cfg",
        default="w30",
        metavar="CFG",
        help="network: a cfg file, or one that comes with the engine ({})".format(", ".join(shipped_names())),
    )
    group.add_argument(
        "--bn_decay",
        type=fraction,
        default=0.9,
        help="share of batch normalisation's moving statistics that stays in each step; "
        "0.999, the original code's, takes thousands of steps to follow",
    )
    group.add_argument(
        "--head_bias",
        type=boolean,
        default=False,
        help="biases in the head's convolutions, as the official network has, 3,840 more parameters",
    )


def _add_optimisation_flags(parser: FlagParser) -> None:
    group = parser.add_argument_group("optimisation")
    group.add_argument(
        "--enbl_multi_gpu",
        type=boolean,
        default=None,
        help="whether there are several ranks; only checked against RANK_SIZE, which sets it",
    )
    group.add_argument(
        "--lr_rate_init",
        type=positive_number,
        default=None,
        help="first learning rate at a global batch of 256, in proportion for others; left out: the cfg's",
    )
    group.add_argument(
        "--lr",
        type=positive_number,
        default=None,
        help="first learning rate as it is, instead of --lr_rate_init",
    )
    group.add_argument(
        "--lr_milestones",
        type=_numbers,
        default=None,
        metavar="EPOCHS",
        help="comma-separated epochs from which on the learning rate is a tenth of before; "
        "left out: 30, 60 and 90 hundredths of --max_epochs",
    )
    group.add_argument("--warmup_epochs", type=natural_int, default=0, help="epochs of rising learning rate")
    group.add_argument(
        "--momentum", type=fraction, default=None, help="momentum of the optimizer; left out: the cfg's"
    )
    group.add_argument(
        "--weight_decay",
        type=float,
        default=None,
        help="factor of half the squared weights, all of them; left out: the cfg's weight_l2_scale",
    )
    group.add_argument(
        "--loss_scale_flag",
        type=boolean,
        default=True,
        help="scale the loss where float16 is computed in (NPU)",
    )
    group.add_argument(
        "--loss_scale_value",
        type=positive_number,
        default=LOSS_SCALE,
        help="first factor on the loss",
    )
    group.add_argument(
        "--loss_scale_dynamic",
        type=boolean,
        default=True,
        help="double the factor after 1000 steps without overflow, halve it after 2 with one",
    )


def _add_length_flags(parser: FlagParser) -> None:
    group = parser.add_argument_group("length")
    group.add_argument(
        "--nb_smpls_train",
        type=positive_int,
        default=None,
        help="images that make an epoch; left out: those of the training set",
    )
    group.add_argument(
        "--nb_smpls_eval",
        type=positive_int,
        default=None,
        help="images of the evaluation set that --synthetic stands for; those of a real one are counted",
    )
    group.add_argument("--eval_only", type=boolean, default=False, help="the same as --mode evaluate")
    group.add_argument(
        "--resume_training",
        type=boolean,
        default=False,
        help="go on from the newest checkpoint in --run_dir, the same as --resume_from RUN_DIR",
    )


def _add_other_spellings(parser: FlagParser) -> None:
    """What the seed's scripts and cfg files call flags that other engines have too."""
    for flag, name, kind in (
        ("--data_dump", "data_dump_flag", boolean),
        ("--summary_step", "display_every", positive_int),
        ("--save_step", "save_checkpoints_steps", positive_int),
    ):
        parser.add_argument(
            flag, dest=name, type=kind, default=argparse.SUPPRESS, help="the same as --{}".format(name)
        )


def _numbers(text: str) -> Tuple[float, ...]:
    """The type of a comma-separated list of numbers from 0 up; none at all is a list too."""
    try:
        found = tuple(float(word) for word in names(text))
    except ValueError:
        found = (-1.0,)
    if not all(0.0 <= number < float("inf") for number in found):
        raise argparse.ArgumentTypeError("must be numbers such as 30,60,90, not '{}'".format(text))
    return found
