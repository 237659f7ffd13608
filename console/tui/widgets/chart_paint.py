"""Drawing of a chart: frame, axes, plot, legend. Pure functions of the data, the view and the size.

The bottom border carries the x axis and the top border the title and the legend, so that all other
lines are plot.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import NamedTuple

from rich.style import Style
from textual.strip import Strip

from console.tui.cells import cell_len, fit
from console.tui.theme import SERIES_COUNT
from console.tui.widgets.chart_model import ChartData
from console.tui.widgets.chart_raster import BRAILLE, DOTS_HIGH, DOTS_WIDE, Raster, rasterize
from console.tui.widgets.chart_scale import (
    LOG_FLOOR,
    Scale,
    fitted_range,
    linear_ticks,
    log_ticks,
    tick_labels,
)
from console.tui.widgets.chart_text import (
    axis_line,
    entry_text,
    fitted_legend,
    legend_entries,
    legend_width,
    x_text,
    x_ticks,
)
from console.tui.widgets.painted import Runs

NEAREST_TARGET = 1.6
"""A target up to this many times the highest value widens the axis; one further off is named at the edge."""
LOOSEST_RANGE = 1.5
"""A y range kept from the last picture may be this many times as wide as the data need."""


class Inks(NamedTuple):
    """The styles of one chart in the current theme; ``front`` and ``back`` by colour slot."""

    base: Style
    frame: Style
    title: Style
    muted: Style
    grid: Style
    alarm: Style
    target: Style
    cursor: Style
    front: tuple[Style, ...]
    back: tuple[Style, ...]


@dataclass(frozen=True, slots=True)
class View:
    """How the data are looked at: cursor position and shown part of the x axis, and the kinds of the axes."""

    cursor: float | None = None
    window: tuple[float, float] | None = None
    log_y: bool = False
    log_x: bool = False


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where things are: the plot's first column within the widget, its size in cells, and its scales in dots.

    ``labels`` are the y axis labels by plot row, right-aligned to ``gutter`` cells.
    """

    width: int
    left: int
    columns: int
    rows: int
    gutter: int
    x: Scale
    y: Scale
    labels: dict[int, str]

    def column(self, x: float) -> int:
        """The cell column of an axis value; outside the plot when it is not shown."""
        return self.x.dot(x) // DOTS_WIDE

    def x_at(self, column: int) -> float:
        """The axis value in the middle of a cell column."""
        return self.x.value(column * DOTS_WIDE + 0.5)


def plan_geometry(data: ChartData, view: View, width: int, height: int, before: Geometry | None) -> Geometry:
    """Lay the chart out. The y range of the picture ``before`` is kept while it still fits the data well."""
    rows = max(height - 2, 1)
    low, high = view.window or data.x_range
    extremes = visible_extremes(data, low, high, view.log_y)
    y_low, y_high = _settled_range(extremes, view.log_y, before)
    y = Scale(y_low, y_high, rows * DOTS_HIGH, view.log_y)
    count = rows // 3 + 1
    ticks = log_ticks(y_low, y_high, count) if view.log_y else linear_ticks(y_low, y_high, count)
    labels = {
        rows - 1 - y.dot(tick) // DOTS_HIGH: label
        for tick, label in zip(ticks, tick_labels(ticks, data.values), strict=True)
        if extremes is not None
    }
    gutter = max((cell_len(label) for label in labels.values()), default=0)
    left = gutter + 3
    columns = max(width - left - 2, 1)
    if view.log_x:
        low = max(low, _least_positive_x(data))
    x = Scale(low, max(high, low), columns * DOTS_WIDE, view.log_x)
    return Geometry(width, left, columns, rows, gutter, x, y, labels)


def visible_extremes(data: ChartData, left: float, right: float, log_y: bool) -> tuple[float, float] | None:
    """Lowest and highest finite value between ``left`` and ``right``, a near target included."""
    lows: list[float] = []
    highs: list[float] = []
    for curve in data.curves:
        start, end = bisect_left(curve.points.x, left), bisect_right(curve.points.x, right)
        points = curve.points.part(start, end)
        smooth_only = data.smoothed and not data.raw_behind and not curve.band
        minima, maxima = (points.smooth, points.smooth) if smooth_only else (points.minimum, points.maximum)
        if log_y or any(points.nonfinite):
            floor = LOG_FLOOR if log_y else -math.inf
            minima = tuple(value for value in minima if value > floor)
            maxima = tuple(value for value in maxima if value > floor)
        lows += [min(minima)] if minima else []
        highs += [max(maxima)] if maxima else []
    if not lows or not highs:
        return None
    low, high = min(lows), max(highs)
    if data.target is not None and high < data.target.value <= NEAREST_TARGET * high:
        high = data.target.value
    return low, high


def _settled_range(
    extremes: tuple[float, float] | None, log_y: bool, before: Geometry | None
) -> tuple[float, float]:
    if extremes is None:
        return (0.1, 1.0) if log_y else (0.0, 1.0)
    low, high = extremes
    fitted = fitted_range(low, high, log_y)
    if before is not None and before.y.logarithmic == log_y and not log_y:
        kept = before.y
        wide = kept.high - kept.low > LOOSEST_RANGE * (fitted[1] - fitted[0])
        if kept.low <= low and high <= kept.high and not wide:
            return kept.low, kept.high
    return fitted


def _least_positive_x(data: ChartData) -> float:
    return min((x for curve in data.curves for x in curve.points.x if x > 0), default=1.0)


def paint_chart(data: ChartData, view: View, geometry: Geometry, inks: Inks) -> list[Strip]:
    """All lines of the chart, ``geometry.rows + 2`` of them."""
    width = geometry.width
    return [
        _title_line(data, view, width, inks).strip(width, inks.base),
        *(line.strip(width, inks.base) for line in _plot_lines(data, view, geometry, inks)),
        _axis_line(data, geometry, inks).strip(width, inks.base),
    ]


def _title_line(data: ChartData, view: View, width: int, inks: Inks) -> Runs:
    line = Runs()
    line.add("╭ ", inks.frame)
    line.add(fit(f"{data.title} · log" if view.log_y else data.title, width - 6) + " ", inks.title)
    where = f" @ {x_text(view.cursor, data.x_kind)} " if view.cursor is not None else ""
    room = width - line.width - cell_len(where) - 5
    entries = fitted_legend(legend_entries(data, view.cursor), room)
    used = legend_width(entries)
    ending = " ╮" if used else "╮"
    rule = width - line.width - cell_len(where) - used - len(ending) - (1 if used else 0)
    line.add("─" * max(rule, 0), inks.frame)
    line.add(where, inks.cursor)
    line.add(" " if used else "", inks.base)
    for position, entry in enumerate(entries):
        line.add("  " if position else "", inks.base)
        line.add(entry_text(entry), inks.front[data.curves[entry.curve].colour % SERIES_COUNT])
    line.add(ending, inks.frame)
    return line


def _axis_line(data: ChartData, geometry: Geometry, inks: Inks) -> Runs:
    line = Runs()
    columns = geometry.columns
    words = [word for word in (data.note, data.x_label) if word]
    if sum(map(cell_len, words)) > columns // 2:
        words = words[-1:]
    label = fit(f" {' · '.join(words)} " if words else "", columns // 2)
    inner = columns - cell_len(label)
    ticks = x_ticks(geometry.x, data.x_kind, columns) if data.curves else []
    marks = [(geometry.column(mark.x), mark.glyph) for mark in data.marks]
    line.add("╰" + "─" * (geometry.left - 1), inks.frame)
    for char in axis_line(ticks, marks, inner):
        line.add(char, inks.frame if char == "─" else inks.muted)
    line.add(label, inks.muted)
    line.add("─╯", inks.frame)
    return line


class Overlay:
    """Characters between the curves (shown where no dots are) and over them."""

    def __init__(self, columns: int, rows: int) -> None:
        self._columns = columns
        self.under: list[dict[int, tuple[str, Style]]] = [{} for _ in range(rows)]
        self.over: list[dict[int, tuple[str, Style]]] = [{} for _ in range(rows)]

    def column(self, column: int, char: str, style: Style) -> None:
        """Put a character into every row of a column, between the curves."""
        if 0 <= column < self._columns:
            for row in self.under:
                row[column] = (char, style)

    def text(self, row: int, column: int, text: str, style: Style) -> None:
        """Write over the curves, as far as the plot goes. Wide characters take two cells."""
        for char in text:
            width = cell_len(char)
            if 0 <= row < len(self.over) and column >= 0 and column + width <= self._columns:
                self.over[row][column] = (char, style)
                if width == 2:
                    self.over[row][column + 1] = ("", style)
            column += width


def _overlay(data: ChartData, view: View, geometry: Geometry, raster: Raster, inks: Inks) -> Overlay:
    overlay = Overlay(geometry.columns, geometry.rows)
    if not any(curve.points.x for curve in data.curves):
        text = fit(data.empty_text, geometry.columns)
        overlay.text(geometry.rows // 2, (geometry.columns - cell_len(text)) // 2, text, inks.muted)
        return overlay
    for mark in data.marks:
        if mark.line:
            overlay.column(geometry.column(mark.x), "┊", inks.muted)
    if view.cursor is not None:
        overlay.column(geometry.column(view.cursor), "│", inks.cursor)
    for column in raster.gaps:
        overlay.text(geometry.rows - 1, column, "×", inks.alarm)
    if len(data.curves) > 1:
        for number, (column, row) in raster.ends.items():
            curve = data.curves[number]
            overlay.text(row, column + 1, curve.tag, inks.front[curve.colour % SERIES_COUNT])
    _put_target(overlay, raster, data, geometry, inks)
    return overlay


def _put_target(overlay: Overlay, raster: Raster, data: ChartData, geometry: Geometry, inks: Inks) -> None:
    """A level line with its name, or the name with an arrow at the edge the target lies beyond."""
    if data.target is None:
        return
    row = geometry.rows - 1 - geometry.y.dot(data.target.value) // DOTS_HIGH
    text = data.target.label
    if 0 <= row < geometry.rows:
        for column in range(geometry.columns):
            overlay.under[row].setdefault(column, ("╌", inks.target))
    else:
        text = f"{'▲' if row < 0 else '▼'} {text}"
        row = 0 if row < 0 else geometry.rows - 1
    text = fit(f" {text} ", geometry.columns - 2)
    overlay.text(row, _free_column(raster, row, cell_len(text)), text, inks.target)


def _free_column(raster: Raster, row: int, width: int) -> int:
    """Where a text of ``width`` cells hides no curve, as far to the right as there is such a place."""
    columns = raster.front.columns
    cells = slice(row * columns, (row + 1) * columns)
    dots = bytes(
        front | back for front, back in zip(raster.front.dots[cells], raster.back.dots[cells], strict=True)
    )
    return max(dots.rfind(bytes(width), 0, columns - 1), 1)


def _plot_lines(data: ChartData, view: View, geometry: Geometry, inks: Inks) -> list[Runs]:
    columns, rows = geometry.columns, geometry.rows
    raster = rasterize(
        data.curves,
        geometry.x,
        geometry.y,
        columns,
        rows,
        smoothed=data.smoothed,
        raw_behind=data.raw_behind,
    )
    overlay = _overlay(data, view, geometry, raster, inks)
    slots = [curve.colour % SERIES_COUNT for curve in data.curves]
    front, back = (
        [inks.base, *(inks.front[at] for at in slots)],
        [inks.base, *(inks.back[at] for at in slots)],
    )
    lines = []
    for row in range(rows):
        line, label = Runs(), geometry.labels.get(row)
        line.add("│", inks.frame)
        line.add(f" {label or '':>{geometry.gutter}}", inks.muted)
        line.add("┤" if label else "│", inks.grid)
        _plot_row(line, row, raster, overlay, front, back, label is not None, inks.grid)
        line.add(" │", inks.frame)
        lines.append(line)
    return lines


def _plot_row(
    line: Runs,
    row: int,
    raster: Raster,
    overlay: Overlay,
    front: list[Style],
    back: list[Style],
    ruled: bool,
    grid: Style,
) -> None:
    over, under = overlay.over[row], overlay.under[row]
    start, columns = row * raster.front.columns, raster.front.columns
    cells = slice(start, start + columns)
    dots, owners = raster.front.dots[cells], raster.front.owners[cells]
    back_dots, back_owners = raster.back.dots[cells], raster.back.owners[cells]
    add = line.add
    for column in range(columns):
        if column in over:
            add(*over[column])
        elif dots[column]:
            add(BRAILLE[dots[column]], front[owners[column]])
        elif back_dots[column]:
            add(BRAILLE[back_dots[column]], back[back_owners[column]])
        elif column in under:
            add(*under[column])
        elif ruled:
            add("┈", grid)
        else:
            line.space()
