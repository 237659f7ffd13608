"""How AlexNet is trained: its flags, its schedule, its augmentation. The seed's recipe is the default."""

from __future__ import annotations

import argparse
from typing import List

from engines.alexnet.leftovers import LEFTOVERS
from engines.common.errors import UsageError
from engines.common.flags.cadence import add_cadence_flags
from engines.common.flags.images import add_image_flags
from engines.common.flags.parser import (
    FlagParser,
    boolean,
    dropped_share,
    fraction,
    natural_int,
    positive_int,
)
from engines.common.flags.run import add_run_flags
from engines.common.flags.steps import add_step_flags
from engines.common.flags.toggles import add_toggle_flags
from engines.common.schedules import warmup_then_epoch_cosine
from engines.training.step_plan import StepPlan

NAME = "alexnet"

LEARNING_RATE_PER_IMAGE = 0.06 / 1024
"""The seed's 0.06 at a global batch of 1024; its other settings lie on the same line."""

RGB_MEAN = (123.675, 116.28, 103.53)
RGB_STD = (58.395, 57.12, 57.375)

INITIALISERS = ("he_uniform", "xavier", "he_uniform_custom")


def parse(arguments: List[str]) -> argparse.Namespace:
    """The options that ``arguments`` set. Raises :class:`UsageError`."""
    options = _parser().parse(arguments)
    if options.batch_size_eval is None:
        options.batch_size_eval = options.batch_size
    if options.image_size < MIN_IMAGE_SIZE:
        raise UsageError(
            "--image_size {} is too small: the three poolings need at least {}.".format(
                options.image_size, MIN_IMAGE_SIZE
            )
        )
    return options


MIN_IMAGE_SIZE = 63
"""Input side at which the last pooling still has one window."""


def learning_rate(options: argparse.Namespace, plan: StepPlan, step: int) -> float:
    """The learning rate of the 0-based ``step``: warm-up in steps, then a cosine in whole epochs."""
    base = options.lr if options.lr is not None else LEARNING_RATE_PER_IMAGE * plan.global_batch
    return warmup_then_epoch_cosine(
        step, base, plan.steps_per_epoch, options.warmup_epochs, options.max_epochs
    )


def _parser() -> FlagParser:
    parser = FlagParser("engines alexnet", "Train and evaluate AlexNet on TFRecord images.")
    add_run_flags(parser, num_classes=1000, image_size=224, restore_exclude=("dense_2",))
    _add_network_flags(parser)
    add_step_flags(parser, batch_size=128, max_epochs=150)
    _add_optimisation_flags(parser)
    add_image_flags(
        parser,
        min_crop_area=0.08,
        eval_crop=0.875,
        eval_crop_help="central share of the side that is evaluated",
    )
    add_cadence_flags(parser)
    add_toggle_flags(parser)
    LEFTOVERS.add_to(parser)
    return parser


def _add_network_flags(parser: FlagParser) -> None:
    group = parser.add_argument_group("network")
    group.add_argument(
        "--alexnet_version", "--version", choices=INITIALISERS, default="he_uniform", help="initial weights"
    )
    group.add_argument(
        "--dropout", type=dropped_share, default=0.35, help="share of activations dropped in training"
    )
    group.add_argument(
        "--dense_units", type=positive_int, default=4096, help="width of the two hidden dense layers"
    )
    group.add_argument(
        "--logits_relu",
        type=boolean,
        default=False,
        help="clip the logits at 0 as the original code did; training may then never start",
    )


def _add_optimisation_flags(parser: FlagParser) -> None:
    group = parser.add_argument_group("optimisation")
    group.add_argument("--warmup_epochs", type=natural_int, default=5, help="epochs of rising learning rate")
    group.add_argument(
        "--lr",
        type=float,
        default=None,
        help="learning rate at the end of the warm-up; left out: 0.06 per 1024 images of global batch",
    )
    group.add_argument("--momentum", type=float, default=0.9, help="momentum")
    group.add_argument("--use_nesterov", type=boolean, default=True, help="Nesterov's form of momentum")
    group.add_argument("--weight_decay", type=float, default=1e-4, help="factor of half the squared weights")
    group.add_argument(
        "--label_smoothing", type=fraction, default=0.1, help="share of the target spread over classes"
    )
    group.add_argument(
        "--loss_scale",
        type=float,
        default=1024.0,
        help="factor on the loss under mixed precision (NPU); 1 is none",
    )
