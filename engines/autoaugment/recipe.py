"""How the networks are trained: flags, schedule, data sets. The seed's recipe is the default.

E. D. Cubuk et al., "AutoAugment: Learning Augmentation Policies from Data", 2018.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import List, NamedTuple, Tuple

from engines.autoaugment.checks import CHECKS as CHECKS
from engines.common.errors import UsageError
from engines.common.flags.cadence import add_cadence_flags
from engines.common.flags.parser import (
    FlagParser,
    boolean,
    dropped_share,
    fraction,
    names,
    natural_int,
    positive_int,
)
from engines.common.flags.run import add_run_flags
from engines.common.flags.toggles import add_toggle_flags
from engines.common.schedules import warmup_then_epoch_cosine, warmup_then_multi_step
from engines.training.step_plan import StepPlan

NAME = "autoaugment"

LEARNING_RATE_PER_IMAGE = 0.1 / 128
"""The seed's 0.1 at a batch of 128."""

PRECISION_MODES = ("O0", "O1", "O2", "O3")
PRECISION_HELP = (
    "number formats: O0 float32; O1 and O2 mixed, with float32 weights; O3 low precision throughout. Low is "
    "float16 on NPU and bfloat16 on CPU, where the CPU computes in it. Left out: O0, or --apex-opt-level with "
    "--apex"
)

MINIMUM_IMAGE_SIZE = {"wideresnet": 8, "resnet50": 32}


class DatasetTraits(NamedTuple):
    """What goes with a data set unless flags say otherwise. ``mean`` and ``std`` are of RGB in 0 … 1, the same
    for training and evaluation."""

    num_classes: int
    image_size: int
    network: str
    policy: str
    flip: bool
    mean: Tuple[float, float, float]
    std: Tuple[float, float, float]


def _read_datasets() -> "dict[str, DatasetTraits]":
    text = (Path(__file__).parent / "datasets.json").read_text(encoding="utf-8")
    return {name: DatasetTraits(**traits) for name, traits in json.loads(text).items()}


DATASETS = _read_datasets()


def parse(arguments: List[str]) -> argparse.Namespace:
    """The options that ``arguments`` set, with what they leave open filled in. Raises :class:`UsageError`."""
    options = _parser().parse(arguments)
    traits = DATASETS[options.dataset]
    options.traits = traits
    for name in ("num_classes", "image_size", "network"):
        if getattr(options, name) is None:
            setattr(options, name, getattr(traits, name))
    if options.random_flip is None:
        options.random_flip = traits.flip
    if options.policy is None:
        options.policy = traits.policy
    if options.batch_size_eval is None:
        options.batch_size_eval = options.batch_size
    _fill_precision(options)
    if options.name == "auto":
        options.name = run_name(options)
    if options.run_dir is None:
        options.run_dir = Path("models") / options.name
    _check_network(options)
    return options


def run_name(options: argparse.Namespace) -> str:
    """The name that the seed gives a run."""
    if options.network == "wideresnet":
        name = "{}_WideResNet{}-{}".format(options.dataset, options.depth, options.width)
    else:
        name = "{}_ResNet50".format(options.dataset)
    return name + "_wCutout" * options.cutout + "_wAutoAugment" * options.auto_augment


def learning_rate(options: argparse.Namespace, plan: StepPlan, step: int) -> float:
    """The learning rate of the 0-based ``step``."""
    base = options.lr if options.lr is not None else LEARNING_RATE_PER_IMAGE * plan.global_batch
    if options.lr_schedule == "cosine":
        return warmup_then_epoch_cosine(
            step, base, plan.steps_per_epoch, options.warmup_epochs, options.epochs
        )
    return warmup_then_multi_step(
        step, base, plan.steps_per_epoch, options.warmup_epochs, options.milestones, options.gamma
    )


def _fill_precision(options: argparse.Namespace) -> None:
    """Join the toggle and the seed's two flags, which say the same."""
    if options.apex:
        if options.precision_mode not in (None, options.apex_opt_level):
            raise UsageError(
                "--apex-opt-level {} and --precision_mode {} contradict each other: give one of them.".format(
                    options.apex_opt_level, options.precision_mode
                )
            )
        options.precision_mode = options.apex_opt_level
    if options.loss_scale_value <= 0 and options.loss_scale_value != -1:
        raise UsageError(
            "--loss-scale-value {} is neither a positive factor nor -1, which is dynamic.".format(
                options.loss_scale_value
            )
        )


def _check_network(options: argparse.Namespace) -> None:
    if options.network == "wideresnet" and (options.depth < 10 or (options.depth - 4) % 6):
        raise UsageError("--depth {} is not 6 n + 4, such as 16, 28 or 40.".format(options.depth))
    minimum = MINIMUM_IMAGE_SIZE[options.network]
    if options.image_size < minimum:
        raise UsageError("--image_size {} is too small: at least {}.".format(options.image_size, minimum))
    if options.num_classes < 2:
        raise UsageError("--num_classes {} is too few: at least 2.".format(options.num_classes))


def _epochs(text: str) -> List[int]:
    """The type of a list of rising epochs."""
    try:
        epochs = [int(item) for item in names(text)]
    except ValueError:
        epochs = [-1]
    if epochs != sorted(set(epochs)) or min(epochs, default=0) < 0:
        raise argparse.ArgumentTypeError("must be rising epochs such as 60,120,160, not '{}'".format(text))
    return epochs


def _parser() -> FlagParser:
    parser = FlagParser(
        "engines autoaugment", "Train and evaluate WideResNet and ResNet-50 with AutoAugment."
    )
    add_run_flags(parser, num_classes=None, image_size=None, restore_exclude=("fc",))
    parser.set_defaults(run_dir=None)
    _add_network_flags(parser)
    _add_optimisation_flags(parser)
    _add_augmentation_flags(parser)
    _add_data_flags(parser)
    parser.add_argument(
        "--name", default="auto", help="name of the run; auto: from data set, network and augmentation"
    )
    add_cadence_flags(parser, display_every=10, epochs_between_evals=1)
    add_toggle_flags(parser, PRECISION_MODES, PRECISION_HELP)
    return parser


def _add_network_flags(parser: FlagParser) -> None:
    group = parser.add_argument_group("network")
    group.add_argument(
        "--network",
        choices=sorted(MINIMUM_IMAGE_SIZE),
        default=None,
        help="left out: resnet50 for imagenet, else wideresnet",
    )
    group.add_argument("--depth", type=positive_int, default=28, help="layers of the WideResNet: 6 n + 4")
    group.add_argument("--width", type=positive_int, default=10, help="widening factor of the WideResNet")
    group.add_argument(
        "--dropout",
        type=dropped_share,
        default=0.3,
        help="share of activations dropped inside a WideResNet's block",
    )
    group.add_argument(
        "--channels_last", type=boolean, default=True, help="keep the channels of a pixel together in memory"
    )


def _add_optimisation_flags(parser: FlagParser) -> None:
    group = parser.add_argument_group("optimisation")
    group.add_argument(
        "--rank_size",
        type=positive_int,
        default=None,
        help="number of ranks; only checked against RANK_SIZE, which sets it",
    )
    group.add_argument("--device_id", type=natural_int, default=None, help="NPU; left out: ASCEND_DEVICE_ID")
    group.add_argument("--batch_size", type=positive_int, default=128, help="images per rank and step")
    group.add_argument("--epochs", type=positive_int, default=200, help="length of training")
    group.add_argument(
        "--max_train_steps", type=positive_int, default=None, help="stop after this many steps"
    )
    group.add_argument(
        "--lr",
        "--learning-rate",
        "--learning_rate",
        type=float,
        default=None,
        help="learning rate after the warm-up; left out: 0.1 per 128 images of global batch",
    )
    group.add_argument("--warmup_epochs", type=natural_int, default=0, help="epochs of rising learning rate")
    group.add_argument(
        "--lr_schedule",
        choices=("multistep", "cosine"),
        default="multistep",
        help="multistep: times --gamma at --milestones; cosine: to 0 over --epochs, as in the paper",
    )
    group.add_argument("--milestones", type=_epochs, default="60,120,160", help="epochs of decay, from 0")
    group.add_argument("--gamma", type=float, default=0.2, help="factor of decay")
    group.add_argument("--momentum", type=float, default=0.9, help="momentum")
    group.add_argument(
        "--weight_decay",
        "--weight-decay",
        type=float,
        default=5e-4,
        help="factor of half the squared weights, all of them",
    )
    group.add_argument("--nesterov", type=boolean, default=False, help="Nesterov's form of momentum")
    group.add_argument(
        "--label_smoothing", type=fraction, default=0.0, help="share of the target spread over classes"
    )
    group.add_argument("--apex", action="store_true", help="train in mixed precision")
    group.add_argument(
        "--apex-opt-level",
        "--apex_opt_level",
        choices=PRECISION_MODES,
        default="O1",
        help="how, with --apex; see --precision_mode",
    )
    group.add_argument(
        "--loss-scale-value",
        "--loss_scale_value",
        "--loss_scale",
        type=float,
        default=1024.0,
        help="factor on the loss where gradients are float16; -1: dynamic",
    )


def _add_augmentation_flags(parser: FlagParser) -> None:
    group = parser.add_argument_group("augmentation")
    group.add_argument(
        "--auto_augment", "--auto-augment", type=boolean, default=False, help="apply a learned policy"
    )
    group.add_argument(
        "--policy",
        choices=("cifar10", "imagenet", "svhn"),
        default=None,
        help="the policy; left out: the one learned on the data set or one like it",
    )
    group.add_argument("--cutout", type=boolean, default=False, help="blank a random square of every image")
    group.add_argument("--cutout_size", type=positive_int, default=16, help="side of that square in pixels")
    group.add_argument(
        "--random_crop",
        type=boolean,
        default=True,
        help="train on random parts: shifted by up to an eighth, or resized from photos",
    )
    group.add_argument(
        "--random_flip",
        type=boolean,
        default=None,
        help="mirror every other image; left out: True but for svhn and digits",
    )


def _add_data_flags(parser: FlagParser) -> None:
    group = parser.add_argument_group("data")
    group.add_argument("--dataset", choices=sorted(DATASETS), default="cifar10", help="what --data_dir holds")
    group.add_argument(
        "--batch_size_eval",
        type=positive_int,
        default=None,
        help="images per rank and evaluation step; left out: --batch_size",
    )
    group.add_argument(
        "--synthetic_train_images",
        type=positive_int,
        default=50000,
        help="size of the training set that --synthetic stands for",
    )
    group.add_argument(
        "--synthetic_eval_images",
        type=positive_int,
        default=10000,
        help="size of the evaluation set that --synthetic stands for",
    )
