"""BiT's recipe: settings and their flags, the training that follows from them and the data set, lines.

The BiT-HyperRule is the default; ``--recipe seed`` is the linear probe that the engine's seed trains.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import List, Mapping, NamedTuple, Optional, Tuple

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
from engines.common.devices.backend_selection import check_tensorflow_backend
from engines.common.errors import UsageError
from engines.common.flags.declaration import (
    DEBUG,
    DERIVED,
    IMAGES,
    NETWORK,
    OPTIMISATION,
    RECIPE,
    STEPS,
    fixed,
)
from engines.common.flags.leftovers import LeftoverFlags
from engines.common.flags.parser import FlagParser, FlagValues
from engines.common.flags.settings import Settings
from engines.common.flags.toggles import PRECISION_HELP, PRECISION_MODES
from engines.common.flags.values import natural_int, whole_numbers
from engines.common.job import Checks, check_record_files
from engines.common.reporting.reporter import StepNumbers, format_learning_rate
from engines.common.reporting.results import Scores
from engines.common.step_plan import StepPlan, plan_steps
from engines.training.engine import Progress

NAME = "bit"

SEED_NAMES = {"max_epochs": ("--epochs",), "display_every": ("--log_steps",)}

LEFTOVERS = LeftoverFlags({"eval_static": "batches have one size, and every image is scored"}, {})

SEED_RECIPE: Mapping[str, object] = MappingProxyType(
    {
        "finetune": "head",
        "max_epochs": 30,
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
"""The settings of the seed's recipe where no flag says otherwise."""

SYNTHETIC_AREA = 224 * 224
"""The area, in pixels, of the images that ``--synthetic`` stands for."""

EVALUATIONS = 20
"""The evaluations in a training by the rule, unless an epoch is longer than their distance."""


@dataclass(frozen=True)
class BiTSettings(Settings):
    """The settings of a fine-tuning of BiT. ``image_size`` of 0 follows from the images, ``max_epochs`` of 0
    from the rule."""

    restore_exclude: Tuple[str, ...] = ("resnet/head",)
    num_classes: int = 5
    recipe: str = RECIPE.flag(
        "hyperrule",
        "what flags left out mean: the BiT-HyperRule for the data set, or the seed's linear probe",
        choices=("hyperrule", "seed"),
    )
    finetune: str = RECIPE.flag(
        DERIVED,
        "what learns: everything, or the head alone; left out: full, the seed's head",
        choices=("full", "head"),
    )
    max_epochs: int = STEPS.flag(
        DERIVED,
        "length of training; left out: 500, 10,000 or 20,000 steps by the rule, the seed's 30 epochs",
    )
    max_train_steps: Optional[int] = STEPS.flag(None, "length of training in steps")
    steps_per_epoch: Optional[int] = STEPS.flag(
        None, "steps between evaluations; left out: one pass over the images, the seed's 10"
    )
    epochs_between_evals: int = fixed(1)
    warmup_steps: Optional[int] = RECIPE.flag(
        None, "steps of rising learning rate; left out: by the rule", kind=natural_int
    )
    decay_steps: Optional[Tuple[int, ...]] = RECIPE.flag(
        None,
        "steps after which the learning rate is divided by ten, such as 200,300,400; left out: by the rule",
        kind=whole_numbers,
        metavar="STEPS",
    )
    mixup_alpha: Optional[float] = RECIPE.flag(None, "MixUp's alpha, 0 for none; left out: by the rule")
    resize: Optional[int] = RECIPE.flag(
        None,
        "side that training images are resized to before the crop; left out: --image_size, or by the rule",
    )
    eval_size: Optional[int] = RECIPE.flag(
        None, "side that evaluated images are resized to; left out: --image_size"
    )
    patience: Optional[int] = RECIPE.flag(
        None,
        "evaluations without a better one after which training ends with the best weights; left out: never, "
        "the seed's 2",
    )
    block_units: Tuple[int, ...] = NETWORK.flag(
        (3, 4, 6, 3), "residual units of each block", kind=whole_numbers
    )
    base_width: int = NETWORK.flag(64, "channels inside the first block's units")
    dropout: float = fixed(0.0)
    batch_size: int = 64
    iterations_per_loop: int = fixed(1)
    lr: Optional[float] = OPTIMISATION.flag(
        None, "learning rate; left out: 0.003 per 512 images of global batch"
    )
    warmup_epochs: int = fixed(0)
    use_nesterov: bool = fixed(False)
    weight_decay: float = fixed(0.0)
    label_smoothing: float = fixed(0.0)
    train_percent: int = IMAGES.flag(
        85, "share of the images to train on where the data set has no split to evaluate on (TFDS)"
    )
    synthetic_train_images: int = 3120
    synthetic_eval_images: int = 550
    save_summary_steps: int = 10
    save_checkpoints_steps: int = 100
    precision_mode: Optional[str] = DEBUG.flag(
        None, PRECISION_HELP, choices=(*PRECISION_MODES, "allow_fp32_to_bf16", "cube_fp16in_fp32out")
    )


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


def parse(arguments: List[str]) -> BiTSettings:
    """The settings that ``arguments`` make. Raises :class:`UsageError`."""
    description = "Fine-tune BiT on TFRecord images."
    values = FlagParser(NAME, description, BiTSettings, SEED_NAMES, LEFTOVERS).parse(arguments)
    if values["recipe"] == "seed":
        values.fill(**SEED_RECIPE)
    values.fill(finetune="full", batch_size_eval=values["batch_size"])
    _check(values)
    values.fill(image_size=0, max_epochs=0)
    if values["patience"] is not None and values["mode"] == "train":
        values["notices"] += ("--patience is not used: mode train has no evaluations.",)
    return BiTSettings(**values)


def sizes(settings: BiTSettings, area: float) -> Sizes:
    """The sides of images of about ``area`` pixels."""
    by_rule = resolution(area)
    crop = settings.image_size or min(by_rule[1], settings.resize or by_rule[1])
    resize = settings.resize or (by_rule[0] if not settings.image_size else crop)
    return Sizes(resize, crop, settings.eval_size or crop)


def recipe(settings: BiTSettings, train_images: int, world_size: int) -> Recipe:
    """The training on so many images by so many ranks."""
    one_pass = max(1, train_images // (settings.batch_size * world_size))
    rule = hyper_rule(train_images)
    per_epoch = settings.steps_per_epoch or one_pass
    steps = settings.max_train_steps or settings.max_epochs * per_epoch or rule.steps
    plan = plan_steps(train_images, settings.batch_size, world_size, 1, steps)
    rule = scaled(rule, steps)
    if settings.warmup_steps is not None:
        rule = rule._replace(warmup_steps=settings.warmup_steps)
    if settings.decay_steps is not None:
        rule = rule._replace(decay_steps=settings.decay_steps)
    if settings.mixup_alpha is not None:
        rule = rule._replace(mixup_alpha=settings.mixup_alpha)
    by_rule = settings.steps_per_epoch is None and not settings.max_epochs
    period = max(per_epoch, -(-steps // EVALUATIONS)) if by_rule else per_epoch
    base_lr = settings.lr if settings.lr is not None else BASE_LEARNING_RATE * plan.global_batch / BASE_BATCH
    return Recipe(plan, rule, base_lr, period)


def mix_weight(seed: int, step: int, alpha: float) -> float:
    """The larger share of two images in a mixture at ``step``: Beta(alpha, alpha), the same on every rank."""
    if alpha <= 0.0:
        return 1.0
    share = np.random.RandomState([seed & 0xFFFFFFFF, step]).beta(alpha, alpha)
    return float(max(share, 1.0 - share))


def _check(values: FlagValues) -> None:
    resize, side = values["resize"], values["image_size"]
    if values["train_percent"] > 99:
        raise UsageError("--train_percent {} leaves no image to evaluate on.".format(values["train_percent"]))
    if values["patience"] is not None and not values["do_checkpoint"]:
        raise UsageError("--patience needs --do_checkpoint True: the best weights are those of a checkpoint.")
    if side is not None and side < 1:
        raise UsageError("--image_size {} is no size in pixels.".format(side))
    if resize is not None and side is not None and resize < side:
        raise UsageError(
            "--resize {} is smaller than --image_size {}, the crop from it.".format(resize, side)
        )
    if values["base_width"] % 32:
        raise UsageError(
            "--base_width {} is not a multiple of 32, the number of channel groups.".format(
                values["base_width"]
            )
        )


def _check_data(settings: Settings) -> None:
    """The record files that the mode reads are there."""
    if find_tfds(settings.data_dir) is None:
        check_record_files(settings)


CHECKS = Checks(_check_data, check_tensorflow_backend)


def training_line(numbers: StepNumbers) -> str:
    """The seed's step, loss and seconds per step; then the learning rate, images/s over all ranks, the epoch
    and the accuracy on the training batches. Loss and accuracy are means since the last line."""
    return "step:{:d} ,loss: {:f} ,time:{:f} ,lr:{} ,FPS:{:.2f} ,epoch:{:.3f} ,top1:{:.4f}".format(
        numbers.step,
        numbers.loss,
        numbers.call_time,
        format_learning_rate(numbers.lr).strip(),
        numbers.throughput,
        numbers.epoch,
        numbers.top1,
    )


def evaluation_lines(progress: Progress, scores: Scores) -> List[str]:
    """The seed's line of a period, and its duration with the evaluation; of an evaluation alone the scores."""
    values = "val_loss: {:.4f} - val_accuracy: {:.4f} - val_top5: {:.4f} - step: {:d}".format(
        scores.loss, scores.top1, scores.top5, progress.step
    )
    period = progress.period
    if period is None:
        return [values]
    return [
        "{0}/{0} - {1:.0f}s - loss: {2:.4f} - accuracy: {3:.4f} - {4}".format(
            period.steps, period.seconds, period.loss, period.top1, values
        ),
        "epoch_duration:  {:f}".format(period.seconds),
    ]
