"""The table of ranks: one line each, of which only what changed is sent to the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.style import Style
from textual import events
from textual.message import Message as TextualMessage
from textual.strip import Strip

from console.tui.cells import cell_len, fit
from console.tui.theme import SERIES_COUNT
from console.tui.widgets.painted import Painted, Runs
from console.tui.widgets.series_colour import rank_colour

GAP = 2


class Cell(NamedTuple):
    """One field: its text, and the theme variable of its colour."""

    text: str
    ink: str = "foreground"


@dataclass(frozen=True, slots=True)
class Heading:
    """One column: its title and the cells it needs at least. Numbers stand flush right."""

    title: str
    width: int
    number: bool = True


@dataclass(frozen=True, slots=True)
class RankRow:
    """One rank: its number, and a field for each column after the first."""

    rank: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class RankRows:
    """The whole table. The first column is the rank; columns that do not fit are left out from the end."""

    title: str
    headings: tuple[Heading, ...]
    rows: tuple[RankRow, ...]


class RankTable(Painted, can_focus=True):
    """Shows :class:`RankRows`. The cursor chooses a rank; the screen is told by a message."""

    DEFAULT_CSS = "RankTable { min-height: 3; }"

    class Chosen(TextualMessage):
        """The operator chose a rank, or (``None``) all of them."""

        def __init__(self, rank: int | None) -> None:
            super().__init__()
            self.rank = rank

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(widget_id)
        self.rows = RankRows("", (), ())
        self.chosen: int | None = None
        self._cursor = 0
        self._top = 0
        self._inks: dict[tuple[str, bool], Style] = {}

    def show(self, rows: RankRows) -> None:
        """Show other values."""
        if rows != self.rows:
            self.rows = rows
            self._keep_cursor()
            self.invalidate()

    def choose(self, rank: int | None) -> None:
        """Mark the rank that charts and log are about."""
        if rank != self.chosen:
            self.chosen = rank
            self.invalidate()

    @property
    def _body_height(self) -> int:
        return max(self.size.height - 3, 1)

    def _keep_cursor(self) -> None:
        last = max(len(self.rows.rows) - 1, 0)
        self._cursor = min(max(self._cursor, 0), last)
        self._top = min(max(self._top, self._cursor - self._body_height + 1, 0), self._cursor)

    def _move(self, rows: int) -> None:
        self._cursor += rows
        self._keep_cursor()
        self.invalidate()

    def key_up(self) -> None:
        """One rank up."""
        self._move(-1)

    def key_down(self) -> None:
        """One rank down."""
        self._move(1)

    def key_pageup(self) -> None:
        """A page up."""
        self._move(-self._body_height)

    def key_pagedown(self) -> None:
        """A page down."""
        self._move(self._body_height)

    def key_home(self) -> None:
        """To the first rank."""
        self._move(-len(self.rows.rows))

    def key_end(self) -> None:
        """To the last rank."""
        self._move(len(self.rows.rows))

    def key_enter(self) -> None:
        """Choose the rank under the cursor, or all when it is chosen already."""
        if self.rows.rows:
            rank = self.rows.rows[self._cursor].rank
            self.post_message(self.Chosen(None if rank == self.chosen else rank))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Some ranks up."""
        event.stop()
        self._move(-1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Some ranks down."""
        event.stop()
        self._move(1)

    def on_click(self, event: events.Click) -> None:
        """Choose the rank that was clicked."""
        row = event.y - 2 + self._top
        if event.y >= 2 and row < len(self.rows.rows) and event.y < self.size.height - 1:
            self._cursor = row
            self.key_enter()

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._keep_cursor()
        self.invalidate()

    def on_focus(self) -> None:
        """Mark the frame and the cursor."""
        self.invalidate()

    def on_blur(self) -> None:
        """Unmark the frame and the cursor."""
        self.invalidate()

    def notify_style_update(self) -> None:
        """The theme changed."""
        self._inks.clear()
        super().notify_style_update()

    def _ink(self, variable: str, on_cursor: bool = False) -> Style:
        key = (variable, on_cursor)
        if key not in self._inks:
            ground = "block-cursor-blurred-background" if on_cursor else None
            self._inks[key] = self.ink(variable, on=ground)
        return self._inks[key]

    def paint(self, width: int, height: int) -> list[Strip]:
        """Frame, headings, ranks in sight."""
        frame = self._ink("primary" if self.has_focus else "line")
        shown = fitted_headings(self.rows.headings, width - 4)
        lines = [self._top_line(width, frame), self._heading_line(shown, width, frame)]
        for index in range(self._top, self._top + height - 3):
            row = self.rows.rows[index] if index < len(self.rows.rows) else None
            lines.append(self._row_line(row, index, shown, width, frame))
        return [*lines, self._bottom_line(width, frame)]

    def _top_line(self, width: int, frame: Style) -> Strip:
        line = Runs()
        line.add("╭ ", frame)
        line.add(
            fit(f"{self.rows.title}", width - 5) + " ",
            self._ink("primary" if self.has_focus else "foreground"),
        )
        line.add("─" * max(width - line.width - 1, 0) + "╮", frame)
        return line.strip(width, frame)

    def _heading_line(self, shown: Sequence[Heading], width: int, frame: Style) -> Strip:
        line, muted = Runs(), self._ink("muted")
        line.add("│ ", frame)
        for heading in shown:
            line.add(set_field(heading.title, heading), muted)
        return _closed(line, width, frame, muted)

    def _row_line(
        self, row: RankRow | None, index: int, shown: Sequence[Heading], width: int, frame: Style
    ) -> Strip:
        line = Runs()
        if row is None:
            line.add("│", frame)
            return _closed(line, width, frame, frame)
        under_cursor = self.has_focus and index == self._cursor
        mark = "▶" if row.rank == self.chosen else " "
        line.add("│", frame)
        colour = f"series-{rank_colour(row.rank) % SERIES_COUNT + 1}"
        line.add(mark + set_field(str(row.rank), shown[0]), self._ink(colour, under_cursor))
        for heading, cell in zip(shown[1:], row.cells, strict=False):
            line.add(set_field(cell.text, heading), self._ink(cell.ink, under_cursor))
        return _closed(line, width, frame, self._ink("foreground", under_cursor))

    def _bottom_line(self, width: int, frame: Style) -> Strip:
        hidden = len(self.rows.rows) - self._body_height
        first, last = self._top + 1, min(self._top + self._body_height, len(self.rows.rows))
        text = f" {first}–{last} / {len(self.rows.rows)} ─" if hidden > 0 else ""
        line = Runs()
        line.add("╰" + "─" * max(width - cell_len(text) - 2, 0) + text + "╯", frame)
        return line.strip(width, frame)


def fitted_headings(headings: Sequence[Heading], width: int) -> list[Heading]:
    """The columns that fit, from the first on; the last one takes what room is left when it is text."""
    shown: list[Heading] = []
    used = 0
    for heading in headings:
        needed = max(heading.width, cell_len(heading.title)) + GAP
        if used + needed > width:
            break
        used += needed
        shown.append(Heading(heading.title, needed - GAP, heading.number))
    if shown and not shown[-1].number:
        last = shown[-1]
        shown[-1] = Heading(last.title, last.width + width - used, last.number)
    return shown


def set_field(text: str, heading: Heading) -> str:
    """A field's text in its column, with the gap to the next one."""
    text = fit(text, heading.width)
    blanks = " " * (heading.width - cell_len(text))
    return (blanks + text if heading.number else text + blanks) + " " * GAP


def _closed(line: Runs, width: int, frame: Style, ground: Style) -> Strip:
    line.add(" " * max(width - line.width - 1, 0), ground)
    line.add("│", frame)
    return line.strip(width, frame)
