"""Curves to braille dots. Every cell holds 2 × 4 dots and remembers which curve drew into it last.

There are two layers: the raw values behind, the smoothed curve in front. Where the front has dots in a
cell the back is not shown in it, so that the curve stays readable on its own noise.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from console.tui.widgets.chart.contents import Curve, LineStyle, Points
from console.tui.widgets.chart.scale import Scale, warp

DOTS_WIDE, DOTS_HIGH = 2, 4
BRAILLE = tuple(chr(0x2800 + dots) for dots in range(256))

# Bits of the Unicode braille block for one half of a cell, from the bottom dot up.
_HALF_BITS = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
# _RUNS[half][first][last]: the bits of a vertical run of dots, counted from the bottom.
_RUNS = tuple(
    tuple(tuple(sum(bits[first : last + 1]) for last in range(DOTS_HIGH)) for first in range(DOTS_HIGH))
    for bits in _HALF_BITS
)


@dataclass(slots=True)
class Layer:
    """``rows × columns`` cells in reading order: their dots, and the number of the owning curve plus one."""

    columns: int
    rows: int
    dots: bytearray = field(init=False)
    owners: bytearray = field(init=False)

    def __post_init__(self) -> None:
        self.dots = bytearray(self.columns * self.rows)
        self.owners = bytearray(self.columns * self.rows)

    def run(self, column: int, low: int, high: int, owner: int) -> None:
        """Set the dots ``low`` … ``high`` of one dot column, counted from the bottom, cut to the layer."""
        columns, rows = self.columns, self.rows
        if high < 0 or low >= rows << 2:
            return
        if low < 0:
            low = 0
        if high >= rows << 2:
            high = (rows << 2) - 1
        runs = _RUNS[column & 1]
        first, last = low >> 2, high >> 2
        cell = (rows - 1 - first) * columns + (column >> 1)
        dots, owners = self.dots, self.owners
        if first == last:
            dots[cell] |= runs[low & 3][high & 3]
            owners[cell] = owner
            return
        dots[cell] |= runs[low & 3][3]
        owners[cell] = owner
        whole = runs[0][3]
        for _ in range(last - first - 1):
            cell -= columns
            dots[cell] |= whole
            owners[cell] = owner
        cell -= columns
        dots[cell] |= runs[0][high & 3]
        owners[cell] = owner


class Gathered(NamedTuple):
    """A curve by dot column: ascending indices, and for each the extremes and the last value in dots.

    Dots count from the bottom; -1 is below the chart, the height of the chart above it.
    """

    indices: list[int]
    lows: list[int]
    highs: list[int]
    lasts: list[int]
    ends: list[int]
    """Index of the last point of each column."""


@dataclass(slots=True)
class Raster:
    """The dots of a whole chart, and the cells where curves have a gap or an end."""

    front: Layer
    back: Layer
    gaps: set[int] = field(default_factory=set)
    ends: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Curve number -> (column, row) of the cell its right end lies in, when that is inside."""


def rasterize(
    curves: Sequence[Curve],
    x: Scale,
    y: Scale,
    columns: int,
    rows: int,
    *,
    smoothed: bool = False,
    raw_behind: bool = True,
) -> Raster:
    """Draw ``curves`` into ``columns × rows`` cells. The scales count dots: ``2 × columns`` by ``4 × rows``.

    Later curves lie over earlier ones. ``smoothed`` draws the smooth values, ``raw_behind`` the raw
    ones behind them.
    """
    raster = Raster(Layer(columns, rows), Layer(columns, rows))
    edges = [x.value(dot - 0.5) for dot in range(x.size + 1)]
    for number, curve in enumerate(curves, 1):
        raster.gaps.update(_gap_cells(curve.points, x, columns))
        for part in finite_parts(curve.points):
            raw = _gather(part, edges, y)
            if curve.band:
                _fill(raster.back, raw, number)
                continue
            if smoothed and raw_behind:
                _trace(raster.back, raw, number, LineStyle.SOLID)
            drawn = _smooth(raw, part, y) if smoothed else raw
            _trace(raster.front, drawn, number, curve.style)
            _note_end(raster, number - 1, drawn)
    return raster


def _gap_cells(points: Points, x: Scale, columns: int) -> set[int]:
    """The cell columns in which values were not finite."""
    if not any(points.nonfinite):
        return set()
    cells = {x.dot(at) // DOTS_WIDE for at, count in zip(points.x, points.nonfinite, strict=True) if count}
    return {cell for cell in cells if 0 <= cell < columns}


def finite_parts(points: Points) -> list[Points]:
    """The stretches between buckets that hold nothing but non-finite values."""
    if not any(points.nonfinite):
        return [points] if points.x else []
    breaks = [index for index, value in enumerate(points.minimum) if math.isnan(value)]
    starts, ends = [0, *(index + 1 for index in breaks)], [*breaks, len(points.x)]
    return [points.part(start, end) for start, end in zip(starts, ends, strict=True) if end > start]


def _gather(points: Points, edges: Sequence[float], y: Scale) -> Gathered:
    """The raw values by dot column. ``edges`` are the borders of the dot columns on the x axis.

    The last point before the first column and the first one after the last are kept in columns of their own
    (-1 and the width), so that lines run to the edge.
    """
    xs, minima, maxima = points.x, points.minimum, points.maximum
    borders = [bisect_left(xs, edge) for edge in edges]
    indices, lows, highs, ends = [], [], [], []
    if borders[0] > 0:
        outside = borders[0] - 1
        indices.append(-1)
        lows.append(minima[outside])
        highs.append(maxima[outside])
        ends.append(outside)
    for index, (start, end) in enumerate(pairwise(borders)):
        if end - start == 1:
            lows.append(minima[start])
            highs.append(maxima[start])
        elif end > start:
            lows.append(min(minima[start:end]))
            highs.append(max(maxima[start:end]))
        else:
            continue
        indices.append(index)
        ends.append(end - 1)
    if borders[-1] < len(xs):
        indices.append(len(edges) - 1)
        lows.append(minima[borders[-1]])
        highs.append(maxima[borders[-1]])
        ends.append(borders[-1])
    lasts = _dots([points.last[end] for end in ends], y)
    return Gathered(indices, _dots(lows, y), _dots(highs, y), lasts, ends)


def _smooth(raw: Gathered, points: Points, y: Scale) -> Gathered:
    """The smooth value at the end of each column, within which it moves too little for extremes to matter."""
    levels = _dots([points.smooth[end] for end in raw.ends], y)
    return Gathered(raw.indices, levels, levels, levels, raw.ends)


def _dots(values: Sequence[float], y: Scale) -> list[int]:
    gain, offset = y.factor
    offset += 0.5
    low, high, below, above, whole = y.low, y.high, -1, y.size, math.floor
    if y.logarithmic:
        return [
            whole(gain * warp(v, True) + offset) if low <= v <= high else below if v < low else above
            for v in values
        ]
    return [whole(gain * v + offset) if low <= v <= high else below if v < low else above for v in values]


def _trace(layer: Layer, drawn: Gathered, owner: int, style: LineStyle) -> None:
    """Draw columns and join each to the one before it."""
    on, off = style.value
    period, width = on + off, layer.columns * DOTS_WIDE
    run = layer.run
    before, level = width, 0
    for index, low, high, last in zip(*drawn[:4], strict=True):
        if index > before + 1:
            target = low if low > level else min(high, level)
            for between, bottom, top in _steps(before, level, index, target):
                if 0 <= between < width and between % period < on:
                    run(between, bottom, top, owner)
                level = top if target > level else bottom
        if index > before:
            if low > level + 1:
                low = level + 1
            elif high < level - 1:
                high = level - 1
        if 0 <= index < width and index % period < on:
            run(index, low, high, owner)
        before, level = index, last


def _steps(x0: int, y0: int, x1: int, y1: int) -> Iterator[tuple[int, int, int]]:
    """The straight line between two dots, without them: dot column, lowest and highest dot of each column."""
    reached = y0
    for index in range(x0 + 1, x1):
        level = y0 + round((y1 - y0) * (index - x0) / (x1 - x0))
        if level > reached:
            yield index, reached + 1, level
        elif level < reached:
            yield index, level, reached - 1
        else:
            yield index, level, level
        reached = level


def _fill(layer: Layer, drawn: Gathered, owner: int) -> None:
    """Fill between the extremes, slanting from column to column where there are none between."""
    width = layer.columns * DOTS_WIDE
    before: tuple[int, int, int] | None = None
    for index, low, high in zip(drawn.indices, drawn.lows, drawn.highs, strict=True):
        start, start_low, start_high = before or (index - 1, low, high)
        for between in range(max(start + 1, 0), min(index + 1, width)):
            share = (between - start) / (index - start)
            bottom = round(start_low + (low - start_low) * share)
            layer.run(between, bottom, round(start_high + (high - start_high) * share), owner)
        before = (index, low, high)


def _note_end(raster: Raster, curve: int, drawn: Gathered) -> None:
    """Remember the cell of the curve's last point, where its tag goes."""
    index, level = drawn.indices[-1], drawn.lasts[-1]
    if 0 <= index < raster.front.columns * DOTS_WIDE and 0 <= level < raster.front.rows * DOTS_HIGH:
        raster.ends[curve] = (index // DOTS_WIDE, raster.front.rows - 1 - level // DOTS_HIGH)
    else:
        raster.ends.pop(curve, None)
