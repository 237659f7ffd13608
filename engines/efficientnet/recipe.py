"""How EfficientNet is trained: its flags, its schedule, its augmentation. The seed's recipe is the default."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import List

from engines.common.errors import UsageError
from engines.common.flags.cadence import add_cadence_flags
from engines.common.flags.images import add_image_flags
from engines.common.flags.parser import (
    FlagParser,
    dropped_share,
    fraction,
    natural_int,
    positive_int,
    positive_number,
)
from engines.common.flags.run import add_run_flags
from engines.common.flags.steps import add_step_flags
from engines.common.flags.toggles import add_toggle_flags
from engines.common.schedules import warmup_then_staircase
from engines.efficientnet.leftovers import LEFTOVERS
from engines.efficientnet.scaling import VARIANTS
from engines.training.step_plan import StepPlan

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
    "run_dir": "--model_dir",
    "num_classes": "--num_label_classes",
    "image_size": "--input_image_size",
    "batch_size": "--train_batch_size",
    "batch_size_eval": "--eval_batch_size",
    "max_train_steps": "--train_steps",
    "synthetic_train_images": "--num_train_images",
    "synthetic_eval_images": "--num_eval_images",
}


def parse(arguments: List[str]) -> argparse.Namespace:
    """The options that ``arguments`` set, with what they leave open filled in. Raises :class:`UsageError`."""
    options = _parser().parse(arguments)
    LEFTOVERS.refuse(options)
    variant = VARIANTS[options.model_name]
    for name, value in (
        ("width_coefficient", variant.width),
        ("depth_coefficient", variant.depth),
        ("dropout_rate", variant.dropout),
        ("image_size", variant.image_size),
        ("restore_exclude", [HEAD.format(options.model_name)]),
        ("batch_size_eval", options.batch_size),
    ):
        if getattr(options, name) is None:
            setattr(options, name, value)
    if options.eval_crop is None:
        options.eval_crop = options.image_size / (options.image_size + EVAL_MARGIN)
    if options.image_size < MIN_IMAGE_SIZE:
        raise UsageError(
            "--image_size {} is too small: at least {}.".format(options.image_size, MIN_IMAGE_SIZE)
        )
    if options.moving_average_decay >= 1.0:
        raise UsageError(
            "--moving_average_decay 1 would keep the averages where they begin; below 1 it moves."
        )
    return options


def learning_rate(options: argparse.Namespace, plan: StepPlan, step: int) -> float:
    """The learning rate of the 0-based ``step``: warm-up, then a drop every few epochs.

    ``--base_learning_rate`` is for :data:`BASE_BATCH` images on each rank and grows with them; by itself it
    grows with the ranks too, as the seed's scripts set it.
    """
    base = options.base_learning_rate
    if base is None:
        base = BASE_LEARNING_RATE * plan.global_batch / options.batch_size
    return warmup_then_staircase(
        step,
        base * options.batch_size / BASE_BATCH,
        plan.steps_per_epoch,
        options.warmup_epochs,
        options.lr_decay_epochs,
        options.lr_decay_factor,
    )


def _parser() -> FlagParser:
    parser = FlagParser("engines efficientnet", "Train and evaluate EfficientNet on TFRecord images.")
    add_run_flags(
        parser,
        num_classes=1000,
        image_size=None,
        restore_exclude=(),
        seed_names=SEED_NAMES,
    )
    _add_network_flags(parser)
    _add_optimisation_flags(parser)
    add_step_flags(parser, batch_size=256, max_epochs=350, seed_names=SEED_NAMES)
    add_image_flags(
        parser,
        min_crop_area=0.08,
        eval_crop=None,
        eval_crop_help="side of the central square that is evaluated, as a share of the shorter side; "
        "left out: s / (s + 32) at the input side s",
        seed_names=SEED_NAMES,
    )
    _add_own_flags(parser)
    add_cadence_flags(
        parser, save_checkpoints_steps=None, checkpoints_help="steps between checkpoints; left out: one epoch"
    )
    add_toggle_flags(parser)
    LEFTOVERS.add_to(parser)
    parser.set_defaults(restore_exclude=None, use_mixlist=None, mixlist_file=MIXLIST)
    return parser


def _add_network_flags(parser: FlagParser) -> None:
    group = parser.add_argument_group("network", "What is left out comes from --model_name.")
    group.add_argument(
        "--model_name", choices=sorted(VARIANTS), default="efficientnet-b0", help="the scaled network"
    )
    group.add_argument("--width_coefficient", type=positive_number, default=None, help="factor on filters")
    group.add_argument(
        "--depth_coefficient", type=positive_number, default=None, help="factor on the blocks of a stage"
    )
    group.add_argument(
        "--dropout_rate",
        type=dropped_share,
        default=None,
        help="share dropped before the last layer in training",
    )
    group.add_argument(
        "--drop_connect_rate",
        type=dropped_share,
        default=0.2,
        help="share of images without the last block's branch in training; less for earlier blocks",
    )
    group.add_argument(
        "--batch_norm_momentum",
        type=fraction,
        default=0.99,
        help="share of the moving statistics that stays in each step",
    )
    group.add_argument(
        "--batch_norm_epsilon", type=positive_number, default=1e-3, help="added to the variance"
    )
    group.add_argument(
        "--data_format", choices=("channels_last",), default="channels_last", help="order of image axes"
    )


def _add_optimisation_flags(parser: FlagParser) -> None:
    group = parser.add_argument_group("optimisation")
    group.add_argument(
        "--base_learning_rate",
        type=float,
        default=None,
        help="learning rate after the warm-up at 256 images on each rank, in proportion for others; "
        "left out: 0.025 times the ranks",
    )
    group.add_argument("--warmup_epochs", type=natural_int, default=5, help="epochs of rising learning rate")
    group.add_argument(
        "--lr_decay_epochs",
        type=positive_number,
        default=2.4,
        help="epochs between drops of the learning rate",
    )
    group.add_argument("--lr_decay_factor", type=fraction, default=0.97, help="what a drop leaves of it")
    group.add_argument("--momentum", type=fraction, default=0.9, help="momentum of RMSProp")
    group.add_argument(
        "--weight_decay",
        type=float,
        default=1e-5,
        help="factor of half the squared weights, those of batch normalisation left out",
    )
    group.add_argument(
        "--label_smoothing", type=fraction, default=0.1, help="share of the target spread over classes"
    )
    group.add_argument(
        "--moving_average_decay",
        type=fraction,
        default=0.9999,
        help="decay of the averages of all weights by which the network is scored; 0 scores the weights",
    )
    group.add_argument(
        "--loss_scale",
        type=float,
        default=1024.0,
        help="factor on the loss under mixed precision (NPU); 1 is none",
    )


def _add_own_flags(parser: FlagParser) -> None:
    group = parser.add_argument_group("of this engine")
    group.add_argument(
        "--autoaugment_name",
        choices=("none", "v0"),
        default="none",
        help="learned augmentation of training images; v0 is the authors' policy for ImageNet",
    )
    group.add_argument(
        "--steps_per_eval",
        type=positive_int,
        default=None,
        help="steps between evaluations in mode train_and_evaluate; left out: --epochs_between_evals",
    )
