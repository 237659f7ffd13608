"""The overlay between and over the curves: marks, target, cursor, gaps, and the tags at the curves' ends."""

from __future__ import annotations

from typing import NamedTuple

from rich.style import Style

from console.tui.cells import cell_len, fit
from console.tui.theme import SERIES_COUNT
from console.tui.widgets.chart.contents import ChartData
from console.tui.widgets.chart.geometry import ChartView, Geometry
from console.tui.widgets.chart.raster import DOTS_HIGH, Raster


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


def overlay_of(data: ChartData, view: ChartView, geometry: Geometry, raster: Raster, inks: Inks) -> Overlay:
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
    """The column where a text of ``width`` cells hides no curve, as far to the right as there is one."""
    columns = raster.front.columns
    cells = slice(row * columns, (row + 1) * columns)
    dots = bytes(
        front | back for front, back in zip(raster.front.dots[cells], raster.back.dots[cells], strict=True)
    )
    return max(dots.rfind(bytes(width), 0, columns - 1), 1)
