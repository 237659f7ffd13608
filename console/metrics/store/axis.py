"""The x axes a series can be drawn over."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum

_BOUND = 1e300


class XAxis(str, Enum):
    """The quantity drawn as x. ``TIME`` is in seconds since the first sample of the run."""

    STEP = "step"
    EPOCH = "epoch"
    TIME = "time"

    @property
    def column(self) -> int:
        """The column of a point that holds x."""
        return _COLUMNS[self]

    @property
    def low(self) -> int:
        """The column of a node that holds its lowest x; the highest and the last x follow."""
        return 3 * _COLUMNS[self]


_COLUMNS = {XAxis.STEP: 0, XAxis.EPOCH: 1, XAxis.TIME: 2}
_LOWEST = {XAxis.STEP: 0.0, XAxis.EPOCH: -_BOUND, XAxis.TIME: -_BOUND}


def known_xs(xs: Sequence[float], axis: XAxis, carried: float) -> Sequence[float]:
    """``xs`` with each unknown x replaced by the one before it, and before the first by ``carried`` or NaN.

    Unknown are a negative step and whatever is not a sensible number.
    """
    lowest = _LOWEST[axis]
    # A sum is finite only if no NaN, which would blind min() and max(), is among the terms.
    if not xs or (math.isfinite(sum(xs)) and min(xs) >= lowest and max(xs) <= _BOUND):
        return xs
    filled = []
    for x in xs:
        if lowest <= x <= _BOUND:
            carried = x
        filled.append(carried)
    return filled


def extent(xs: Sequence[float], axis: XAxis, carried: float) -> tuple[float, float, float]:
    """Lowest, highest and last x of :func:`known_xs`; +inf, -inf and NaN where none is known."""
    low, high = min(xs), max(xs)
    if math.isfinite(sum(xs)) and low >= _LOWEST[axis] and high <= _BOUND:
        return low, high, xs[-1]
    filled = known_xs(xs, axis, carried)
    known = [x for x in filled if x == x]
    return min(known, default=math.inf), max(known, default=-math.inf), filled[-1]


def first_known(xs: Sequence[float], axis: XAxis) -> int | None:
    """Index of the first known x."""
    lowest = _LOWEST[axis]
    return next((index for index, x in enumerate(xs) if lowest <= x <= _BOUND), None)
