"""The nodes and points that stand for a range of x of one series, selected from the top of the pyramid down.

A node is taken whole when all its points lie in the range and no further apart than a tolerance; otherwise
its children are looked at. So the number of rows touched depends on the range's width in tolerances
(a few rows for each) and on the logarithm of the number of points, not on that number. A series whose x jumps
back (a restart from a checkpoint, a counter that starts again each epoch) only has some more wide
nodes. One whose x leaps about from point to point would be wide everywhere: where that many rows would have
to be looked at, the search goes no deeper and wide nodes are taken whole, at the x of their last point.
"""

from __future__ import annotations

import math
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import sub

from console.metrics.store import layout, smoothing
from console.metrics.store.axis import XAxis, known_xs
from console.metrics.store.chunks import ChunkReader
from console.metrics.store.contents import Series
from console.metrics.store.pyramid import NO_NODE, Node

Span = tuple[int, int]

Piece = tuple[int, float, float, float, float, float, float]
"""Consecutive points: ``(index of the first, x of the last, minimum, maximum, last, smooth, nonfinite)``.

The last finite value is NaN where there is none; then minimum and maximum are +inf and -inf.
"""

ROWS_PER_TOLERANCE = 2 * layout.BLOCK
"""Twice what a series with rising x can need."""


@dataclass(frozen=True, slots=True)
class Window:
    """The x from ``low`` to ``high``, both included, and how far apart the points of one piece may be."""

    low: float
    high: float
    tolerance: float

    @property
    def row_limit(self) -> float:
        """The most rows the search may touch before it stops going deeper."""
        tolerances = (self.high - self.low) / self.tolerance if self.tolerance else 0.0
        return ROWS_PER_TOLERANCE * (tolerances + layout.BLOCK)

    def holds(self, lowest: float, highest: float, breadths: Iterable[float]) -> bool:
        """True if nodes from ``lowest`` to ``highest`` lie in the window and none is too broad."""
        return self.low <= lowest and highest <= self.high and max(breadths) <= self.tolerance


class SeriesQuery:
    """Questions about one series over one axis, as it stands in the current transaction."""

    def __init__(
        self, chunks: ChunkReader, cache: PieceCache, series: Series, axis: XAxis, weight: float = 0.0
    ) -> None:
        self._chunks = chunks
        self._cache = cache
        self._series = series
        self._axis = axis
        self._weight = weight
        self._average = layout.AVERAGES + smoothing.AVERAGED_WEIGHTS.index(weight) if weight else layout.LAST
        self._limits = self._packed_limits()

    def extent(self) -> tuple[float, float] | None:
        """The lowest and the highest known x; ``None`` where no x is known."""
        xs = self._series.pending[self._axis.column :: layout.POINT_WIDTH]
        known = [x for x in (*self._limits, *known_xs(xs, self._axis, math.nan)) if math.isfinite(x)]
        return (min(known), max(known)) if known else None

    def _packed_limits(self) -> list[float]:
        """Some x of packed points, with the lowest and the highest; infinite ones where none is known."""
        xs: list[float] = []
        for level in range(layout.top_level(self._series.packed), 0, -1):
            for _, rows in self._chunks.parts(self._series.id, level, *self._roots(level)):
                xs += rows[self._axis.low :: layout.NODE_WIDTH]
                xs += rows[self._axis.low + 1 :: layout.NODE_WIDTH]
        return xs

    def pieces(self, window: Window) -> list[Piece]:
        """The pieces that stand for the points in ``window``, in the order of the points."""
        key = (self._series.id, self._axis, self._weight)
        whole = all(window.low <= x <= window.high for x in self._limits)
        packed = self._cache.find(key, self._series.packed, window.tolerance) if whole else None
        if packed is None:
            packed = self._select(window)
            if whole:
                self._cache.keep(key, self._series.packed, window.tolerance, packed)
        pieces = packed[:]
        self._take_pending(window, pieces)
        return pieces

    def _select(self, window: Window) -> list[Piece]:
        """The pieces of packed points, from the top of the pyramid down."""
        pieces: list[Piece] = []
        spans: list[Span] = []
        for level in range(layout.top_level(self._series.packed), 0, -1):
            spans = list(_joined([*spans, self._roots(level)]))
            wide = self._take_nodes(level, spans, window, pieces)
            fanout = layout.FANOUT if level > 1 else layout.BLOCK
            if len(pieces) + len(wide) * fanout > window.row_limit:
                self._take_wide(level, wide, window, pieces)
                wide = []
            spans = list(_joined((index * fanout, (index + 1) * fanout) for index in wide))
        for first, stop in spans:
            self._take_points(first, stop, window, pieces)
        pieces.sort()
        return pieces

    def _roots(self, level: int) -> Span:
        """The nodes of a level that have no parent yet."""
        above = layout.rows_at(self._series.packed, level + 1)
        return above * layout.FANOUT, layout.rows_at(self._series.packed, level)

    def _take_nodes(self, level: int, spans: list[Span], window: Window, pieces: list[Piece]) -> list[int]:
        """Add the nodes that can be taken whole to ``pieces`` and return the others that matter."""
        wide: list[int] = []
        axis = self._axis
        drawable, size = self._series.first_drawable(axis), layout.points_per_node(level)
        partly_drawable = drawable // size if drawable % size else -1
        for start, stop in spans:
            for first, rows in self._chunks.parts(self._series.id, level, start, stop):
                lows = rows[axis.low :: layout.NODE_WIDTH]
                highs = rows[axis.low + 1 :: layout.NODE_WIDTH]
                taken: Sequence[int] = range(first, first + len(lows))
                all_drawable = first * size >= drawable
                if not (all_drawable and window.holds(min(lows), max(highs), map(sub, highs, lows))):
                    taken, more = _sorted_out(taken, lows, highs, window, partly_drawable)
                    wide += more
                self._add_nodes(level, first, rows, taken, pieces)
        return wide

    def _take_wide(self, level: int, wide: list[int], window: Window, pieces: list[Piece]) -> None:
        for index in wide:
            row = self._chunks.row(self._series.id, level, index)
            if window.low <= row[self._axis.low + 2] <= window.high:
                self._add_nodes(level, index, row, [index], pieces)

    def _add_nodes(
        self, level: int, first: int, rows: array[float], taken: Sequence[int], pieces: list[Piece]
    ) -> None:
        """Add the nodes ``taken``, out of ``rows`` that begin with node ``first``."""
        last_x = self._axis.low + 2
        columns = (last_x, layout.MINIMUM, layout.MAXIMUM, layout.LAST, self._average, layout.NONFINITE)
        data: list[Sequence[float]] = [rows[column :: layout.NODE_WIDTH] for column in columns]
        if len(taken) * layout.NODE_WIDTH < len(rows):
            data = [[column[index - first] for index in taken] for column in data]
        size = layout.points_per_node(level)
        pieces.extend(zip([index * size for index in taken], *data, strict=True))

    def _take_points(self, first: int, stop: int, window: Window, pieces: list[Piece]) -> None:
        """Add the packed points ``first`` to ``stop``, where ``first`` begins a block."""
        for start, rows in self._chunks.parts(self._series.id, 0, first, stop):
            previous = self._block_node(start // layout.BLOCK - 1)
            self._add_points(start, rows, previous, window, pieces)

    def _take_pending(self, window: Window, pieces: list[Piece]) -> None:
        previous = self._block_node(layout.rows_at(self._series.packed, 1) - 1)
        self._add_points(self._series.packed, self._series.pending, previous, window, pieces)

    def _block_node(self, index: int) -> Node:
        return NO_NODE if index < 0 else self._chunks.row(self._series.id, 1, index)

    def _add_points(
        self, start: int, rows: array[float], previous: Node, window: Window, pieces: list[Piece]
    ) -> None:
        """Add the points in ``rows`` that lie in ``window``; the block before them is ``previous``."""
        axis, low, high = self._axis, window.low, window.high
        xs = known_xs(rows[axis.column :: layout.POINT_WIDTH].tolist(), axis, previous[axis.low + 2])
        values = smooth = rows[layout.VALUE :: layout.POINT_WIDTH].tolist()
        if self._weight:
            before = int(previous[layout.FINITE])
            smooth = smoothing.running(previous[self._average], before, values, self._weight)
        indexes = range(start, start + len(values))
        if xs and math.isfinite(sum(values)) and low <= min(xs) and max(xs) <= high:
            pieces.extend(zip(indexes, xs, values, values, values, smooth, repeat(0)))
            return
        for index, x, value, average in zip(indexes, xs, values, smooth, strict=True):
            if low <= x <= high:
                if math.isfinite(value):
                    pieces.append((index, x, value, value, value, average, 0))
                else:
                    pieces.append((index, x, math.inf, -math.inf, math.nan, average, 1))


def _sorted_out(
    nodes: Sequence[int], lows: Sequence[float], highs: Sequence[float], window: Window, partly_drawable: int
) -> tuple[list[int], list[int]]:
    """The nodes that can be taken whole, and those of which a part matters."""
    taken: list[int] = []
    wide: list[int] = []
    low, high, tolerance = window.low, window.high, window.tolerance
    for index, lowest, highest in zip(nodes, lows, highs, strict=True):
        if highest < low or lowest > high:
            continue
        whole = low <= lowest and highest <= high and index != partly_drawable
        (taken if whole and highest - lowest <= tolerance else wide).append(index)
    return taken, wide


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Ascending spans, those that touch made one."""
    current: Span | None = None
    for start, stop in spans:
        if current is not None and start <= current[1]:
            current = (current[0], stop)
        else:
            if current is not None:
                yield current
            current = (start, stop)
    if current is not None:
        yield current


# -- pieces of recent curves ----------------------------------------------------------------------

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
