"""The columns the table of runs has room for, and their widths."""

from __future__ import annotations

from collections.abc import Sequence

from console.runs.state import RunSummary
from console.tui.cells import cell_len
from console.tui.runs.columns import COLUMNS, Column

WIDEST = 44
"""Cells a column takes at most."""

DISPENSABLE = ("profile", "note", "throughput", "duration", "dataset", "devices", "top1")
"""Columns that give way, in this order, where the terminal is too narrow for all of them."""

NARROWEST_NAME = 12
GAP = 2
MARK = " ▲"


def fitting_widths(
    runs: Sequence[RunSummary], sort_column: str, now: float, width: int
) -> tuple[list[Column], dict[str, int]]:
    """The columns that fit side by side in ``width`` cells, and the width of each by id.

    When even the indispensable ones do not fit, the names are cut.
    """
    widths = {column.id: _needed(column, runs, sort_column, now) for column in COLUMNS}
    columns = list(COLUMNS)
    for name in DISPENSABLE:
        if _total(columns, widths) <= width:
            break
        columns = [column for column in columns if column.id != name]
    excess = _total(columns, widths) - width
    if excess > 0:
        widths["name"] = max(NARROWEST_NAME, widths["name"] - excess)
    return columns, {column.id: widths[column.id] for column in columns}


def column_at(x: int, columns: Sequence[Column], widths: dict[str, int]) -> Column | None:
    """The column that covers cell ``x`` of a line, with the gap behind it."""
    for column in columns:
        x -= widths[column.id] + GAP
        if x < 0:
            return column
    return None


def _total(columns: Sequence[Column], widths: dict[str, int]) -> int:
    return sum(widths[column.id] for column in columns) + GAP * (len(columns) - 1)


def _needed(column: Column, runs: Sequence[RunSummary], sort_column: str, now: float) -> int:
    heading = cell_len(column.title) + (len(MARK) if column.id == sort_column else 0)
    return min(WIDEST, max([heading, *(cell_len(column.text(run, now)) for run in runs)]))
