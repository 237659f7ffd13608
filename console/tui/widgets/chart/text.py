"""The words around a chart: its title line with the legend, and the axis line below it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from console.tui.cells import cell_len
from console.tui.widgets.chart.contents import ChartData, Curve, XKind
from console.tui.widgets.chart.scale import (
    Scale,
    ValueFormat,
    duration_labels,
    duration_ticks,
    format_duration_tick,
    format_value,
    group_digits,
    linear_ticks,
    log_ticks,
    tick_labels,
)

MARK_REACH = 4
"""Cells an event mark may stand aside to leave a tick label whole."""


class Entry(NamedTuple):
    """One entry of a legend: the curve's number, its name, and the value to show (may be empty)."""

    curve: int
    name: str
    value: str


def legend_entries(data: ChartData, cursor: float | None) -> list[Entry]:
    """Each curve's newest value, or its value at the cursor. A single curve needs no name."""
    entries = []
    for number, curve in enumerate(data.curves):
        name = curve.label if len(data.curves) > 1 else ""
        entries.append(Entry(number, name, _legend_value(curve, data.values, cursor)))
    return entries


def _legend_value(curve: Curve, style: ValueFormat, cursor: float | None) -> str:
    points = curve.points
    at = (len(points.x) if cursor is None else bisect_right(points.x, cursor)) - 1
    if at < 0:
        return "–"
    if curve.band and not math.isnan(points.minimum[at]):
        return f"{format_value(points.minimum[at], style)}…{format_value(points.maximum[at], style)}"
    return format_value(points.last[at], style)


def fitted_legend(entries: Sequence[Entry], width: int) -> list[Entry]:
    """As much as fits: all names and values, or values for the first ones only, or as many names."""
    if legend_width(entries) <= width:
        return list(entries)
    bare = [Entry(curve, name, "") for curve, name, _ in entries]
    if legend_width(bare) > width:
        while bare and legend_width(bare) > width:
            bare.pop()
        return bare
    for count in range(len(entries) - 1, 0, -1):
        mixed = [*entries[:count], *bare[count:]]
        if legend_width(mixed) <= width:
            return mixed
    return bare


def legend_width(entries: Sequence[Entry]) -> int:
    """Cells of a legend with two blanks between entries."""
    return sum(cell_len(entry_text(entry)) for entry in entries) + 2 * max(len(entries) - 1, 0)


def entry_text(entry: Entry) -> str:
    """Name and value of one entry."""
    return f"{entry.name} {entry.value}".strip()


def x_text(value: float, kind: XKind) -> str:
    """A position on the x axis in words."""
    if kind is XKind.TIME:
        return format_duration_tick(value)
    return group_digits(value) if kind is XKind.STEP else f"{value:.2f}"


def x_ticks(scale: Scale, kind: XKind, columns: int) -> list[tuple[int, str]]:
    """Ticks of the x axis that fit ``columns`` cells: cell column and label of each."""
    count = max(columns // 11, 1)
    if scale.logarithmic:
        ticks = log_ticks(scale.low, scale.high, count)
        labels = tick_labels(ticks)
    elif kind is XKind.TIME:
        ticks = duration_ticks(scale.low, scale.high, count)
        labels = duration_labels(ticks)
    else:
        ticks = linear_ticks(scale.low, scale.high, count)
        if kind is XKind.STEP:
            ticks = [tick for tick in ticks if tick == int(tick)]
        labels = tick_labels(ticks)
    return [(scale.dot(tick) // 2, label) for tick, label in zip(ticks, labels, strict=True)]


def axis_line(ticks: Sequence[tuple[int, str]], marks: Sequence[tuple[int, str]], columns: int) -> str:
    """The x axis as a rule of ``columns`` cells, labels under their ticks and event marks between."""
    cells = ["─"] * columns
    for column, label in ticks:
        text = f" {label} "
        start = min(max(column - len(text) // 2, 0), columns - len(text))
        under_its_tick = start >= 0 and start <= column < start + len(text)
        if under_its_tick and all(cell == "─" for cell in cells[start : start + len(text)]):
            cells[start : start + len(text)] = text
    for column, glyph in marks:
        nearest = sorted(range(column - MARK_REACH, column + MARK_REACH + 1), key=lambda at: abs(at - column))
        free = next((at for at in nearest if 0 <= at < columns and cells[at] in ("─", glyph)), None)
        if free is not None:
            cells[free] = glyph
    return "".join(cells)
