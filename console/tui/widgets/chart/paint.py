"""Drawing of a chart: frame, axes, plot, legend. Pure functions of the data, the view and the size.

The bottom border carries the x axis and the top border the title and the legend, so that all other
lines are plot.
"""

from __future__ import annotations

from rich.style import Style
from textual.strip import Strip

from console.tui.cells import cell_len, fit
from console.tui.theme import SERIES_COUNT
from console.tui.widgets.chart.contents import ChartData
from console.tui.widgets.chart.geometry import ChartView, Geometry
from console.tui.widgets.chart.overlay import Inks, Overlay, overlay_of
from console.tui.widgets.chart.raster import BRAILLE, Raster, rasterize
from console.tui.widgets.chart.text import (
    axis_line,
    entry_text,
    fitted_legend,
    legend_entries,
    legend_width,
    x_text,
    x_ticks,
)
from console.tui.widgets.painted import Runs


def paint_chart(data: ChartData, view: ChartView, geometry: Geometry, inks: Inks) -> list[Strip]:
    """All lines of the chart, ``geometry.rows + 2`` of them."""
    width = geometry.width
    return [
        _title_line(data, view, width, inks).strip(width, inks.base),
        *(line.strip(width, inks.base) for line in _plot_lines(data, view, geometry, inks)),
        _axis_line(data, geometry, inks).strip(width, inks.base),
    ]


def _title_line(data: ChartData, view: ChartView, width: int, inks: Inks) -> Runs:
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


def _plot_lines(data: ChartData, view: ChartView, geometry: Geometry, inks: Inks) -> list[Runs]:
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
    overlay = overlay_of(data, view, geometry, raster, inks)
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
