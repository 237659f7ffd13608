"""The BiT-HyperRule: how long, how large and with what mixture to fine-tune, from the data set alone.

From "Big Transfer" (Kolesnikov et al., 2020), section 3.3.
"""

from __future__ import annotations

from typing import NamedTuple, Sequence, Tuple

BASE_LEARNING_RATE = 0.003
BASE_BATCH = 512
SMALL_AREA = 96 * 96


class HyperRule(NamedTuple):
    """``steps`` of training with ``warmup_steps`` of rising learning rate, a tenth after each of
    ``decay_steps``, and MixUp with Beta(``mixup_alpha``, ``mixup_alpha``), 0 for none."""

    steps: int
    warmup_steps: int
    decay_steps: Tuple[int, ...]
    mixup_alpha: float


def hyper_rule(train_images: int) -> HyperRule:
    """The rule for a data set of that size."""
    if train_images < 20_000:
        return HyperRule(500, 100, (200, 300, 400), 0.0)
    if train_images < 500_000:
        return HyperRule(10_000, 500, (3_000, 6_000, 9_000), 0.1)
    return HyperRule(20_000, 500, (6_000, 12_000, 18_000), 0.1)


def resolution(area: float) -> Tuple[int, int]:
    """Sides to resize and to crop to, for images of about ``area`` pixels."""
    return (160, 128) if area < SMALL_AREA else (512, 480)


def scaled(rule: HyperRule, steps: int) -> HyperRule:
    """``rule`` stretched or shrunk to ``steps``."""

    def share(step: int) -> int:
        return round(step * steps / rule.steps)

    return rule._replace(
        steps=steps,
        warmup_steps=share(rule.warmup_steps),
        decay_steps=tuple(share(step) for step in rule.decay_steps),
    )


def learning_rate(step: int, base: float, warmup_steps: int, decay_steps: Sequence[int]) -> float:
    """The learning rate of the 0-based ``step``: linear warm-up that ends on ``base``, then a tenth after each
    of ``decay_steps``."""
    if step < warmup_steps:
        return base * (step + 1) / warmup_steps
    return float(base * 0.1 ** sum(step > boundary for boundary in decay_steps))
