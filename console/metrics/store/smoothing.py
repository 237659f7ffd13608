"""The debiased exponential average behind every smooth curve.

With weight ``w`` the average of the finite values v1..vn is ``(1 - w) sum(w**(n-i) vi) / (1 - w**n)``: the
zero-initialised exponential average divided by its bias (Kingma and Ba, "Adam", 2015, section 3). Both
ways of computing it here add only differences of values, so that a constant series stays exactly constant.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from operator import mul

SMOOTHING_WEIGHTS = (0.0, 0.3, 0.6, 0.9, 0.97, 0.99)
"""The weights a viewer may choose from; 0 is the raw curve. The store keeps an average for each other one."""

AVERAGED_WEIGHTS = SMOOTHING_WEIGHTS[1:]

CLAMP = 1e300
"""Values beyond this enter an average as this, so that differences of two values stay finite."""


def nearest_weight(weight: float) -> float:
    """The weight of :data:`SMOOTHING_WEIGHTS` that is closest to ``weight``."""
    return min(SMOOTHING_WEIGHTS, key=lambda stored: abs(stored - weight))


@cache
def _shares(weight: float, count: int) -> tuple[float, ...]:
    """The share of each of ``count`` values in the biased average after them."""
    return tuple((1.0 - weight) * weight ** (count - 1 - index) for index in range(count))


def advance(averages: Sequence[float], before: int, values: Sequence[float]) -> list[float]:
    """The average of each averaged weight after a block of values that follow ``before`` others.

    ``values`` are finite, within :data:`CLAMP`, and few: the shares of each length met are kept.
    """
    if not values:
        return list(averages)
    count = len(values)
    origin = values[-1]  # It has the largest share, so nothing is lost by adding the others to it.
    offsets = [value - origin for value in values]
    after = []
    for average, weight in zip(averages, AVERAGED_WEIGHTS, strict=True):
        old_share = weight**count * (1.0 - weight**before)
        moved = (average - origin) * old_share + sum(map(mul, _shares(weight, count), offsets))
        after.append(origin + moved / (1.0 - weight ** (before + count)))
    return after


def running(average: float, before: int, values: Sequence[float], weight: float) -> list[float]:
    """The average after each of ``values`` that follow ``before`` others; non-finite ones do not move it."""
    decay: float = weight**before
    averages = []
    for value in values:
        if not -CLAMP <= value <= CLAMP:
            if not math.isfinite(value):
                averages.append(average)
                continue
            value = clamped(value)
        decay *= weight
        average += (value - average) * (1.0 - weight) / (1.0 - decay)
        averages.append(average)
    return averages


def clamped(value: float) -> float:
    """``value`` within plus or minus :data:`CLAMP`."""
    return max(-CLAMP, min(CLAMP, value))
