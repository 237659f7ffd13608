"""Learning rates as pure functions of the 0-based step."""

from __future__ import annotations

import math
from typing import Sequence


def warmup_then_epoch_cosine(
    step: int, base: float, steps_per_epoch: int, warmup_epochs: int, total_epochs: int
) -> float:
    """Linear warm-up that ends on ``base``, then a cosine to 0 that moves once an epoch.

    The cosine counts from the start of training, not from the end of the warm-up, and stays at its end
    value for steps past ``total_epochs``.
    """
    warmup_steps = warmup_epochs * steps_per_epoch
    if step < warmup_steps:
        return base * (step + 1) / warmup_steps
    epoch = min(step // steps_per_epoch, total_epochs)
    return base * 0.5 * (1.0 + math.cos(math.pi * epoch / total_epochs))


def warmup_then_multi_step(
    step: int,
    base: float,
    steps_per_epoch: int,
    warmup_epochs: int,
    milestones: Sequence[float],
    gamma: float,
) -> float:
    """Linear warm-up that ends on ``base``, then times ``gamma`` from each milestone epoch on.

    Milestones are 0-based epochs, or fractions of them, counted from the start of training.
    """
    warmup_steps = warmup_epochs * steps_per_epoch
    if step < warmup_steps:
        return base * (step + 1) / warmup_steps
    return base * gamma ** sum(step >= milestone * steps_per_epoch for milestone in milestones)


def warmup_then_staircase(
    step: int, base: float, steps_per_epoch: int, warmup_epochs: float, epochs_per_drop: float, factor: float
) -> float:
    """Linear warm-up from 0, then times ``factor`` after every ``epochs_per_drop``, all at once.

    The drops count from the start of training, not from the end of the warm-up.
    """
    warmup_steps = int(warmup_epochs * steps_per_epoch)
    if step < warmup_steps:
        return base * step / warmup_steps
    drops = math.floor(step / (epochs_per_drop * steps_per_epoch))
    return float(base * factor**drops)
