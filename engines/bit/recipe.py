"""How BiT is fine-tuned: its flags, and what follows from them and the data set.

The BiT-HyperRule is the default; ``--recipe seed`` is the linear probe that the engine's seed trains.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from types import MappingProxyType
from typing import Any, List, Mapping, NamedTuple, Optional, Tuple

import numpy as np

from engines.bit.rule import (
    BASE_BATCH,
    BASE_LEARNING_RATE,
    HyperRule,
    hyper_rule,
    learning_rate,
    resolution,
    scaled,
)
from engines.common.data.tfds import find_tfds
from engines.common.data.tfrecords import find_files
from engines.common.errors import UsageError
from engines.common.flags.leftovers import LeftoverFlags
from engines.common.flags.parser import FlagParser, boolean, natural_int, positive_int
from engines.common.flags.run import add_run_flags
from engines.common.flags.toggles import PRECISION_MODES, add_toggle_flags
from engines.common.job import Checks, check_tensorflow_backend, evaluates, trains
from engines.training.step_plan import StepPlan, plan_steps

NAME = "bit"

LEFTOVERS = LeftoverFlags({"eval_static": "batches have one size, and every image is scored"}, {})

SEED_RECIPE: Mapping[str, Any] = MappingProxyType(
    {
        "finetune": "head",
        "epochs": 30,
        "steps_per_epoch": 10,
        "warmup_steps": 0,
        "decay_steps": (200, 300, 400),
        "mixup_alpha": 0.0,
        "resize": 384,
        "image_size": 224,
        "eval_size": 384,
        "patience": 2,
    }
)
"""What the seed's recipe sets where the flags do not."""

SYNTHETIC_AREA = 224 * 224
"""How large the images that ``--synthetic`` stands for are taken to be."""

EVALUATIONS = 20
"""How often a training by the rule is evaluated, unless an epoch is longer."""


class Sizes(NamedTuple):
    """Sides in pixels: training images are resized to ``resize`` and cropped to ``crop``, evaluated ones
    resized to ``evaluated``."""

    resize: int
    crop: int
    evaluated: int


class Recipe(NamedTuple):
    """One training: its steps, the learning rate they follow, MixUp, and the steps between evaluations."""

    plan: StepPlan
    rule: HyperRule
    base_lr: float
    period: int

    def learning_rate(self, step: int) -> float:
        """The learning rate of the 0-based ``step``."""
        return learning_rate(step, self.base_lr, self.rule.warmup_steps, self.rule.decay_steps)


def parse(arguments: List[str]) -> argparse.Namespace:
    """The options that ``arguments`` set. Raises :class:`UsageError`."""
    options = _parser().parse(arguments)
    if options.recipe == "seed":
        for name, value in SEED_RECIPE.items():
            if getattr(options, name) is None:
                setattr(options, name, value)
    options.finetune = options.finetune or "full"
    options.batch_size_eval = options.batch_size_eval or options.batch_size
    _check(options)
    return options


def notices(options: argparse.Namespace) -> List[str]:
    """A sentence for each flag that has no effect in this run."""
    found = LEFTOVERS.notices(options)
    if options.patience is not None and options.mode == "train":
        found.append("--patience is not used: mode train has no evaluations.")
    return found


def sizes(options: argparse.Namespace, area: float) -> Sizes:
    """The sides of images of about ``area`` pixels."""
    by_rule = resolution(area)
    crop = options.image_size or min(by_rule[1], options.resize or by_rule[1])
    resize = options.resize or (by_rule[0] if not options.image_size else crop)
    return Sizes(resize, crop, options.eval_size or crop)


def recipe(options: argparse.Namespace, train_images: int, world_size: int) -> Recipe:
    """The training on so many images by so many ranks."""
    one_pass = max(1, train_images // (options.batch_size * world_size))
    rule = hyper_rule(train_images)
    per_epoch = options.steps_per_epoch or one_pass
    steps = options.max_train_steps or (options.epochs or 0) * per_epoch or rule.steps
    plan = plan_steps(train_images, options.batch_size, world_size, 1, steps)
    rule = scaled(rule, steps)
    changes = {
        name: getattr(options, name)
        for name in ("warmup_steps", "decay_steps", "mixup_alpha")
        if getattr(options, name) is not None
    }
    by_rule = options.steps_per_epoch is None and options.epochs is None
    period = max(per_epoch, -(-steps // EVALUATIONS)) if by_rule else per_epoch
    base_lr = options.lr if options.lr is not None else BASE_LEARNING_RATE * plan.global_batch / BASE_BATCH
    return Recipe(plan, rule._replace(**changes), base_lr, period)


def mix_weight(seed: int, step: int, alpha: float) -> float:
    """The larger share of two images in a mixture at ``step``: Beta(alpha, alpha), the same on every rank."""
    if alpha <= 0.0:
        return 1.0
    share = np.random.RandomState([seed & 0xFFFFFFFF, step]).beta(alpha, alpha)
    return float(max(share, 1.0 - share))


def _check(options: argparse.Namespace) -> None:
    if options.train_percent > 99:
        raise UsageError("--train_percent {} leaves no image to evaluate on.".format(options.train_percent))
    if options.patience is not None and not options.do_checkpoint:
        raise UsageError("--patience needs --do_checkpoint True: the best weights are those of a checkpoint.")
    if options.resize is not None and options.image_size is not None and options.resize < options.image_size:
        raise UsageError(
            "--resize {} is smaller than --image_size {}, the crop from it.".format(
                options.resize, options.image_size
            )
        )
    for name in ("image_size", "eval_size", "resize"):
        side: Optional[int] = getattr(options, name)
        if side is not None and side < 1:
            raise UsageError("--{} {} is no size in pixels.".format(name, side))
    if options.base_width % 32:
        raise UsageError(
            "--base_width {} is not a multiple of 32, the number of channel groups.".format(
                options.base_width
            )
        )


def _check_data(options: argparse.Namespace) -> None:
    """The record files that the mode reads are there."""
    if find_tfds(options.data_dir) is None:
        for prefix in ["train"] * trains(options) + ["validation"] * evaluates(options):
            find_files(options.data_dir, prefix)


CHECKS = Checks(_check_data, check_tensorflow_backend)


def _counts(text: str) -> Tuple[int, ...]:
    """The type of a comma-separated list of whole numbers."""
    try:
        return tuple(int(item) for item in text.split(",") if item.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(
            "must be whole numbers with commas between, not '{}'".format(text)
        ) from None


def _parser() -> FlagParser:
    parser = FlagParser("engines bit", "Fine-tune BiT on TFRecord images.")
    add_run_flags(parser, num_classes=5, image_size=None, restore_exclude=("resnet/head",))
    _add_recipe_flags(parser)
    _add_network_flags(parser)
    _add_optimisation_flags(parser)
    _add_data_flags(parser)
    _add_cadence_flags(parser)
    LEFTOVERS.add_to(parser)
    add_toggle_flags(
        parser,
        (*PRECISION_MODES, "allow_fp32_to_bf16", "cube_fp16in_fp32out"),
    )
    return parser


def _add_recipe_flags(parser: FlagParser) -> None:
    group = parser.add_argument_group("recipe")
    group.add_argument(
        "--recipe",
        choices=("hyperrule", "seed"),
        default="hyperrule",
        help="what flags left out mean: the BiT-HyperRule for the data set, or the seed's linear probe",
    )
    group.add_argument(
        "--finetune",
        choices=("full", "head"),
        default=None,
        help="what learns: everything, or the head alone; left out: full, the seed's head",
    )
    group.add_argument(
        "--epochs",
        type=positive_int,
        default=None,
        help="length of training; left out: 500, 10,000 or 20,000 steps by the rule, the seed's 30 epochs",
    )
    group.add_argument(
        "--steps_per_epoch",
        type=positive_int,
        default=None,
        help="steps between evaluations; left out: one pass over the images, the seed's 10",
    )
    group.add_argument(
        "--max_train_steps", type=positive_int, default=None, help="length of training in steps"
    )
    group.add_argument(
        "--warmup_steps",
        type=natural_int,
        default=None,
        help="steps of rising learning rate; left out: by the rule",
    )
    group.add_argument(
        "--decay_steps",
        type=_counts,
        default=None,
        metavar="STEPS",
        help="steps after which the learning rate is divided by ten, such as 200,300,400; left out: by the rule",
    )
    group.add_argument(
        "--mixup_alpha", type=float, default=None, help="MixUp's alpha, 0 for none; left out: by the rule"
    )
    group.add_argument(
        "--resize",
        type=positive_int,
        default=None,
        help="side that training images are resized to before the crop; left out: --image_size, or by the rule",
    )
    group.add_argument(
        "--eval_size",
        type=positive_int,
        default=None,
        help="side that evaluated images are resized to; left out: --image_size",
    )
    group.add_argument(
        "--patience",
        type=positive_int,
        default=None,
        help="evaluations without a better one after which training ends with the best weights; left out: "
        "never, the seed's 2",
    )


def _add_network_flags(parser: FlagParser) -> None:
    group = parser.add_argument_group("network")
    group.add_argument(
        "--block_units", type=_counts, default=(3, 4, 6, 3), help="residual units of each block"
    )
    group.add_argument(
        "--base_width", type=positive_int, default=64, help="channels inside the first block's units"
    )


def _add_optimisation_flags(parser: FlagParser) -> None:
    group = parser.add_argument_group("optimisation")
    group.add_argument(
        "--rank_size",
        type=positive_int,
        default=None,
        help="number of ranks; only checked against RANK_SIZE, which sets it",
    )
    group.add_argument("--batch_size", type=positive_int, default=64, help="images per rank and step")
    group.add_argument(
        "--lr", type=float, default=None, help="learning rate; left out: 0.003 per 512 images of global batch"
    )
    group.add_argument("--momentum", type=float, default=0.9, help="momentum")
    group.add_argument(
        "--loss_scale",
        type=float,
        default=1024.0,
        help="factor on the loss under half precision (NPU); 1 is none",
    )


def _add_data_flags(parser: FlagParser) -> None:
    group = parser.add_argument_group("data")
    group.add_argument(
        "--random_flip", type=boolean, default=True, help="mirror every other image; not for digits"
    )
    group.add_argument(
        "--train_percent",
        type=positive_int,
        default=85,
        help="share of the images to train on where the data set has no split to evaluate on (TFDS)",
    )
    group.add_argument(
        "--batch_size_eval",
        type=positive_int,
        default=None,
        help="images per rank and evaluation step; left out: --batch_size",
    )
    group.add_argument(
        "--synthetic_train_images",
        type=positive_int,
        default=3120,
        help="size of the training set that --synthetic stands for",
    )
    group.add_argument(
        "--synthetic_eval_images",
        type=positive_int,
        default=550,
        help="size of the evaluation set that --synthetic stands for",
    )


def _add_cadence_flags(parser: FlagParser) -> None:
    group = parser.add_argument_group("lines and checkpoints")
    group.add_argument("--log_steps", type=positive_int, default=1, help="steps between metric lines")
    group.add_argument(
        "--log_name", default=None, help="also append the metric lines to this file in RUN_DIR"
    )
    group.add_argument(
        "--save_summary_steps", type=positive_int, default=10, help="steps between TensorBoard points"
    )
    group.add_argument("--do_checkpoint", type=boolean, default=True, help="write checkpoints")
    group.add_argument(
        "--save_checkpoints_steps", type=positive_int, default=100, help="steps between checkpoints"
    )
    group.add_argument(
        "--max_checkpoint_to_save", type=positive_int, default=5, help="newest checkpoints to keep"
    )
    group.add_argument(
        "--checkpoint_dir",
        type=Path,
        default=None,
        help="folder whose checkpoints mode evaluate scores; left out: RUN_DIR/checkpoints",
    )
