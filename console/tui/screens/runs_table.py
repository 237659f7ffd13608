"""The table of runs: rebuilt when its rows or their order change, touched cell by cell otherwise."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import DataTable

from console.runs.model import RunSummary
from console.tui.screens.runs_columns import COLUMNS, PHASE_COLOURS, Column, sorted_runs

NARROW_COLUMNS = ("state", "name", "devices", "started", "loss", "top1")
"""What a terminal of 80 cells has room for."""

NORMAL_COLUMNS = ("state", "name", "dataset", "devices", "started", "duration", "loss", "top1", "throughput")
"""What 120 cells have room for."""


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

    def _visible_columns(self) -> list[Column]:
        width = self.app.size.width
        if width < 100:
            return [column for column in COLUMNS if column.id in NARROW_COLUMNS]
        if width < 140:
            return [column for column in COLUMNS if column.id in NORMAL_COLUMNS]
        return list(COLUMNS)

    def _rebuild(self, ordered: list[RunSummary], now: float) -> None:
        kept, row = self.current, self.cursor_row
        self.clear(columns=True)
        self._cells.clear()
        self._shown = ordered
        columns = self._visible_columns()
        for column in columns:
            mark = (" ▲" if self._ascending(column) else " ▼") if column.id == self.sort_column else ""
            self.add_column(
                Text(column.title + mark, justify="right" if column.number else "left"), key=column.id
            )
        for run in ordered:
            cells = [self._cell(run, column, now) for column in columns]
            self._cells.update(
                {(run.run_id, column.id): cell for column, cell in zip(columns, cells, strict=True)}
            )
            self.add_row(*cells, key=run.run_id)
        ids = [run.run_id for run in ordered]
        position = ids.index(kept.run_id) if kept and kept.run_id in ids else min(row, len(ids) - 1)
        self.move_cursor(row=max(0, position), animate=False)

    def _ascending(self, column: Column) -> bool:
        return column.number is self.sort_reversed

    def _update_cells(self, now: float) -> None:
        columns = self._visible_columns()
        for run in self._shown:
            for column in columns:
                cell = self._cell(run, column, now)
                if self._cells.get((run.run_id, column.id)) != cell:
                    self._cells[run.run_id, column.id] = cell
                    self.update_cell(run.run_id, column.id, cell, update_width=True)

    def _cell(self, run: RunSummary, column: Column, now: float) -> Text:
        style = ""
        if column.id == "state":
            style = self.app.theme_variables[PHASE_COLOURS[run.phase]]
        return Text(
            column.text(run, now), style=style, justify="right" if column.number else "left", no_wrap=True
        )
