"""Which nodes and points of one series stand for a range of x, from the top of the pyramid down.

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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

from console.metrics import smoothing
from console.metrics.store import layout
from console.metrics.store.axis import XAxis, known_xs
from console.metrics.store.chunks import ChunkReader
from console.metrics.store.contents import Series
from console.metrics.store.pyramid import NO_NODE, Node

Piece = tuple[int, float, float, float, float, float, float]
"""Consecutive points: ``(index of the first, x of the last, minimum, maximum, last, smooth, nonfinite)``.

The last finite value is NaN where there is none; then minimum and maximum are +inf and -inf.
"""

Span = tuple[int, int]

ROWS_PER_TOLERANCE = 2 * layout.BLOCK
"""Twice what a series with rising x can need."""


@dataclass(frozen=True, slots=True)
class Window:
    """The x from ``low`` to ``high``, both included, and how far apart the points of one piece may be."""

    axis: XAxis
    low: float
    high: float
    tolerance: float

    @property
    def row_limit(self) -> float:
        """How many rows the search may touch before it stops going deeper."""
        tolerances = (self.high - self.low) / self.tolerance if self.tolerance else 0.0
        return ROWS_PER_TOLERANCE * (tolerances + layout.BLOCK)


class SeriesQuery:
    """Questions about one series as it stands in the current transaction."""

    def __init__(self, chunks: ChunkReader, series: Series, weight: float = 0.0) -> None:
        self._chunks = chunks
        self._series = series
        self._weight = weight
        self._average = layout.AVERAGES + smoothing.AVERAGED_WEIGHTS.index(weight) if weight else layout.LAST

    def extent(self, axis: XAxis) -> tuple[float, float] | None:
        """The lowest and the highest known x; ``None`` where no x is known."""
        xs: list[float] = []
        for level in range(layout.top_level(self._series.packed), 0, -1):
            for _, rows in self._chunks.parts(self._series.id, level, *self._roots(level)):
                xs += rows[axis.low :: layout.NODE_WIDTH]
                xs += rows[axis.low + 1 :: layout.NODE_WIDTH]
        xs += known_xs(self._series.pending[axis.column :: layout.POINT_WIDTH], axis, math.nan)
        known = [x for x in xs if math.isfinite(x)]
        return (min(known), max(known)) if known else None

    def pieces(self, window: Window) -> list[Piece]:
        """The pieces that stand for the points in ``window``, in the order of the points."""
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
        self._take_pending(window, pieces)
        return pieces

    def _roots(self, level: int) -> Span:
        """The nodes of a level that have no parent yet."""
        above = layout.rows_at(self._series.packed, level + 1)
        return above * layout.FANOUT, layout.rows_at(self._series.packed, level)

    def _take_nodes(self, level: int, spans: list[Span], window: Window, pieces: list[Piece]) -> list[int]:
        """Add the nodes that can be taken whole to ``pieces`` and return the others that matter."""
        wide: list[int] = []
        size = layout.points_per_node(level)
        drawable = self._series.first_drawable(window.axis)
        partly_drawable = drawable // size if drawable % size else -1
        low, high, tolerance = window.low, window.high, window.tolerance
        lows, highs = window.axis.low, window.axis.low + 1
        for start, stop in spans:
            for first, rows in self._chunks.parts(self._series.id, level, max(start, drawable // size), stop):
                taken = []
                nodes = zip(
                    range(first, first + len(rows)),
                    rows[lows :: layout.NODE_WIDTH],
                    rows[highs :: layout.NODE_WIDTH],
                    strict=False,
                )
                for index, lowest, highest in nodes:
                    if highest < low or lowest > high:
                        continue
                    whole = low <= lowest and highest <= high and index != partly_drawable
                    if whole and highest - lowest <= tolerance:
                        taken.append(index)
                    else:
                        wide.append(index)
                self._add_nodes(level, first, rows, taken, window.axis, pieces)
        return wide

    def _take_wide(self, level: int, wide: list[int], window: Window, pieces: list[Piece]) -> None:
        for index in wide:
            row = self._chunks.row(self._series.id, level, index)
            if window.low <= row[window.axis.low + 2] <= window.high:
                self._add_nodes(level, index, row, [index], window.axis, pieces)

    def _add_nodes(
        self, level: int, first: int, rows: array[float], taken: list[int], axis: XAxis, pieces: list[Piece]
    ) -> None:
        """Add the nodes ``taken``, out of ``rows`` that begin with node ``first``."""
        columns = (axis.low + 2, layout.MINIMUM, layout.MAXIMUM, layout.LAST, self._average, layout.NONFINITE)
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
        axis, low, high = window.axis, window.low, window.high
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
