"""Pieces of recent curves, kept so that a redraw after a few new points does not select them all again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from console.metrics.store.axis import XAxis

Piece = tuple[int, float, float, float, float, float, float]
"""Consecutive points: ``(index of the first, x of the last, minimum, maximum, last, smooth, nonfinite)``.

The last finite value is NaN where there is none; then minimum and maximum are +inf and -inf.
"""

SLACK = 1.25
"""Pieces are used again until they are this much finer than needed."""

CurveKey = tuple[int, XAxis, float]
"""Series id, axis and smoothing weight."""


@dataclass(frozen=True, slots=True)
class _Kept:
    packed: int
    tolerance: float
    pieces: list[Piece]


class PieceCache:
    """The pieces that stand for *all* packed points of a series, for the ``capacity`` curves last drawn.

    They stay right while no more points are packed, and fine enough while the tolerance does not shrink.
    """

    def __init__(self, capacity: int = 64) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[CurveKey, _Kept] = OrderedDict()

    def find(self, key: CurveKey, packed: int, tolerance: float) -> list[Piece] | None:
        """Pieces of at most ``tolerance``, if they are known and not needlessly fine."""
        kept = self._kept.get(key)
        if kept is None or kept.packed != packed or not kept.tolerance <= tolerance <= SLACK * kept.tolerance:
            return None
        self._kept.move_to_end(key)
        return kept.pieces

    def keep(self, key: CurveKey, packed: int, tolerance: float, pieces: list[Piece]) -> None:
        """Remember ``pieces``, which must not be changed any more."""
        self._kept[key] = _Kept(packed, tolerance, pieces)
        self._kept.move_to_end(key)
        if len(self._kept) > self._capacity:
            self._kept.popitem(last=False)
