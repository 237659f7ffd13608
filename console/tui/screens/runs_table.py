"""The table of runs: rebuilt when its rows or their order change, touched cell by cell otherwise."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import DataTable
from textual.widgets.data_table import ColumnKey

from console.runs.model import RunSummary
from console.tui.cells import cell_len
from console.tui.screens.runs_columns import COLUMNS, PHASE_COLOURS, Column, sorted_runs

WIDEST = 44
"""Cells a column takes at most."""

DISPENSABLE = ("profile", "note", "throughput", "duration", "dataset", "devices", "top1")
"""Columns that give way, in this order, where the terminal is too narrow for all of them."""

MARK = " ▲"
MARGIN = 6
"""Cells around the table: the pane's border and padding, and a scrollbar."""

CELL_PADDING = 2
"""Cells the table puts around each column."""


class RunsTable(DataTable[Text]):
    """Shows runs in the order chosen. The row keys are run ids, the column keys those of :data:`COLUMNS`."""

    DEFAULT_CSS = """
    RunsTable {
        height: 1fr;
        background: $surface;
        & > .datatable--header { background: $panel; color: $foreground; text-style: bold; }
        & > .datatable--cursor { background: $block-cursor-blurred-background; color: $foreground; }
        &:focus > .datatable--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
        }
        & > .datatable--header-hover { background: $primary 30%; }
        & > .datatable--hover { background: $panel; }
    }
    """

    def __init__(self) -> None:
        super().__init__(cursor_type="row", zebra_stripes=False)
        self.sort_column = "started"
        self.sort_reversed = False
        self._shown: list[RunSummary] = []
        self._cells: dict[tuple[str, str], Text] = {}
        self._widths: dict[str, int] = {}

    @property
    def current(self) -> RunSummary | None:
        """The run the cursor is on."""
        return self._shown[self.cursor_row] if 0 <= self.cursor_row < len(self._shown) else None

    def show(self, runs: tuple[RunSummary, ...], now: float) -> None:
        """Show these runs; the cursor stays on its run while that is still there."""
        ordered = sorted_runs(runs, self.sort_column, self.sort_reversed)
        same_rows = [run.run_id for run in ordered] == [run.run_id for run in self._shown]
        if same_rows and self.columns:
            self._shown = ordered
            self._update_cells(now)
        else:
            self._rebuild(ordered, now)

    def rebuild(self, now: float) -> None:
        """Draw everything anew: another width, language or theme."""
        self._rebuild(self._shown, now)

    def _fitting_columns(self, ordered: list[RunSummary], now: float) -> list[Column]:
        """The columns that fit side by side, with the widths their cells need now."""
        self._widths = {column.id: self._needed_width(column, ordered, now) for column in COLUMNS}
        columns = list(COLUMNS)
        for name in DISPENSABLE:
            if sum(self._widths[one.id] + CELL_PADDING for one in columns) <= self.app.size.width - MARGIN:
                break
            columns = [one for one in columns if one.id != name]
        return columns

    def _needed_width(self, column: Column, ordered: list[RunSummary], now: float) -> int:
        heading = cell_len(column.title) + (len(MARK) if column.id == self.sort_column else 0)
        return min(WIDEST, max([heading, *(cell_len(column.text(run, now)) for run in ordered)]))

    def _rebuild(self, ordered: list[RunSummary], now: float) -> None:
        kept, row = self.current, self.cursor_row
        self.clear(columns=True)
        self._cells.clear()
        self._shown = ordered
        # Left to itself the table would spend most of its time on finding the widths out.
        for column in self._fitting_columns(ordered, now):
            self.add_column(self._heading(column), width=self._widths[column.id], key=column.id)
        for run in ordered:
            self.add_row(
                *(self._kept_cell(run, column, now) for column in self._columns_shown()), key=run.run_id
            )
        ids = [run.run_id for run in ordered]
        position = ids.index(kept.run_id) if kept and kept.run_id in ids else min(row, len(ids) - 1)
        self.move_cursor(row=max(0, position), animate=False)

    def _heading(self, column: Column) -> Text:
        mark = ""
        if column.id == self.sort_column:
            mark = MARK if column.number is self.sort_reversed else MARK.replace("▲", "▼")
        return Text(column.title + mark, justify="right" if column.number else "left")

    def _columns_shown(self) -> list[Column]:
        return [column for column in COLUMNS if ColumnKey(column.id) in self.columns]

    def _update_cells(self, now: float) -> None:
        for run in self._shown:
            for column in self._columns_shown():
                before = self._cells[run.run_id, column.id]
                cell = self._kept_cell(run, column, now)
                if cell.cell_len > self._widths[column.id] < WIDEST:
                    self._rebuild(self._shown, now)
                    return
                if cell != before:
                    self.update_cell(run.run_id, column.id, cell)

    def _kept_cell(self, run: RunSummary, column: Column, now: float) -> Text:
        """A cell, remembered so that only those that change are drawn again."""
        cell = self._cells[run.run_id, column.id] = self._cell(run, column, now)
        return cell

    def _cell(self, run: RunSummary, column: Column, now: float) -> Text:
        style = ""
        if column.id == "state":
            style = self.app.theme_variables[PHASE_COLOURS[run.phase]]
        return Text(
            column.text(run, now), style=style, justify="right" if column.number else "left", no_wrap=True
        )
