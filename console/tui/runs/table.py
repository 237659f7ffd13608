"""The table of runs, drawn line by line: a run that has news costs the terminal its own line and no other."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.runs.state import Phase, RunSummary
from console.tui.cells import cell_len, fit, pad
from console.tui.runs.columns import Column, sorted_runs
from console.tui.runs.layout import GAP, MARK, column_at, fitting_widths
from console.tui.wording import PHASE_COLOURS

HEADER_LINES = 1


class RunsTable(ScrollView, can_focus=True):
    """Shows runs in the order chosen, under headings that stay."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "runs--header",
        "runs--cursor",
        "runs--cursor-blurred",
        *(f"runs--{phase.value}" for phase in Phase),
    }
    DEFAULT_CSS = """
    RunsTable {
        height: 1fr;
        background: $surface;
        scrollbar-gutter: stable;
        overflow-x: hidden;
        & > .runs--header { background: $panel; text-style: bold; }
        & > .runs--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        & > .runs--cursor-blurred { background: $block-cursor-blurred-background; }
    """ + "".join(
        f"& > .runs--{phase.value} {{ color: ${name}; }}\n" for phase, name in PHASE_COLOURS.items()
    )
    DEFAULT_CSS += "}"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "go(0)", show=False),
        Binding("end", "go(-1)", show=False),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)
    """The row the cursor is on, from 0."""

    class CursorMoved(Message):
        """The cursor is on another run, or its run has news."""

    class OpenWanted(Message):
        """The operator clicked the row with the cursor."""

    class SortWanted(Message):
        """The operator clicked the heading of ``column``."""

        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    def __init__(self) -> None:
        super().__init__()
        self.sort_column = "started"
        self.sort_reversed = False
        self.rows: tuple[RunSummary, ...] = ()
        self.widths: dict[str, int] = {}
        self._now = 0.0
        self._lines: list[tuple[str, ...]] = []
        self._columns: list[Column] = []

    @property
    def current(self) -> RunSummary | None:
        """The run the cursor is on."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def show(self, runs: tuple[RunSummary, ...], now: float) -> None:
        """Show these runs as they are at ``now``; the cursor stays on its run while that is still there."""
        kept = self.current
        self._now = now
        self.rows = tuple(sorted_runs(runs, self.sort_column, self.sort_reversed))
        ids = [run.run_id for run in self.rows]
        if kept is not None and kept.run_id in ids:
            self.set_reactive(RunsTable.cursor, ids.index(kept.run_id))
        else:
            self.set_reactive(RunsTable.cursor, max(0, min(self.cursor, len(ids) - 1)))
        self._lay_out()
        self.post_message(self.CursorMoved())

    def lay_out_again(self) -> None:
        """Draw everything anew: another width, language, theme or order."""
        self._lines = []
        self.show(self.rows, self._now)

    def _lay_out(self) -> None:
        """Find out what stands in each line, and draw those lines again that have changed."""
        width = self.scrollable_content_region.width
        if width <= 0:
            return
        before, columns_before = self._lines, (self._columns, self.widths)
        self._columns, self.widths = fitting_widths(self.rows, self.sort_column, self._now, width)
        self._lines = [tuple(column.text(run, self._now) for column in self._columns) for run in self.rows]
        self.virtual_size = Size(width, HEADER_LINES + len(self._lines))
        if len(before) != len(self._lines) or columns_before != (self._columns, self.widths):
            self.refresh()
            return
        for row, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            if old != new:
                self._refresh_row(row)

    def _refresh_row(self, row: int) -> None:
        y = row + HEADER_LINES - self.scroll_offset.y
        if HEADER_LINES <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def notify_style_update(self) -> None:
        """Another theme: every colour is another one."""
        super().notify_style_update()
        self.refresh()

    def on_resize(self) -> None:
        """Another width has room for other columns."""
        self.lay_out_again()

    def on_focus(self) -> None:
        """The cursor looks different."""
        self._refresh_row(self.cursor)

    def on_blur(self) -> None:
        """The cursor looks different."""
        self._refresh_row(self.cursor)

    def watch_cursor(self, before: int, now: int) -> None:
        """Keep the cursor in sight, and tell the screen."""
        self._refresh_row(before)
        self._refresh_row(now)
        room = self.size.height - HEADER_LINES
        if now < self.scroll_offset.y:
            self.scroll_to(y=now, animate=False)
        elif now >= self.scroll_offset.y + room:
            self.scroll_to(y=now - room + 1, animate=False)
        self.post_message(self.CursorMoved())

    def validate_cursor(self, row: int) -> int:
        """The cursor never leaves the table."""
        return max(0, min(row, len(self.rows) - 1))

    def action_move(self, by: int) -> None:
        """Go up or down."""
        self.cursor += by

    def action_page(self, by: int) -> None:
        """Go up or down by what is in sight."""
        self.cursor += by * max(1, self.size.height - HEADER_LINES - 1)

    def action_go(self, row: int) -> None:
        """Go to the first row, or with -1 to the last."""
        self.cursor = row if row >= 0 else len(self.rows) - 1

    def on_click(self, event: events.Click) -> None:
        """A heading sorts, a row takes the cursor, the row with the cursor opens."""
        if event.y < HEADER_LINES:
            column = column_at(event.x, self._columns, self.widths)
            if column is not None:
                self.post_message(self.SortWanted(column.id))
            return
        row = event.y - HEADER_LINES + self.scroll_offset.y
        if row >= len(self.rows):
            return
        if row == self.cursor:
            self.post_message(self.OpenWanted())
        self.cursor = row

    def render_line(self, y: int) -> Strip:
        """Draw the headings, or one run."""
        width = self.scrollable_content_region.width
        if y < HEADER_LINES:
            style = self.get_component_rich_style("runs--header")
            return self._strip([self._heading(column) for column in self._columns], [style], width)
        row = y - HEADER_LINES + self.scroll_offset.y
        if row >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        style = self.rich_style
        state = self.get_component_rich_style(f"runs--{self.rows[row].phase.value}")
        if row == self.cursor:
            name = "runs--cursor" if self.has_focus else "runs--cursor-blurred"
            style = state = self.get_component_rich_style(name)
        return self._strip(self._lines[row], [state, style], width)

    def _heading(self, column: Column) -> str:
        if column.id != self.sort_column:
            return column.title
        return column.title + (MARK if column.number is self.sort_reversed else MARK.replace("▲", "▼"))

    def _strip(self, texts: list[str] | tuple[str, ...], styles: list[Style], width: int) -> Strip:
        """Cells side by side; the first in the first style, the others in the last one."""
        segments = []
        for position, (column, text) in enumerate(zip(self._columns, texts, strict=True)):
            room = self.widths[column.id]
            text = fit(text, room)
            text = " " * (room - cell_len(text)) + text if column.number else pad(text, room)
            segments.append(Segment(text + " " * GAP, styles[0] if position == 0 else styles[-1]))
        return Strip(segments).adjust_cell_length(width, styles[-1]).simplify()
