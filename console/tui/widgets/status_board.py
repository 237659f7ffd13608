"""Lines of labelled figures that leave out the least important ones where there is no room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from rich.style import Style
from textual.strip import Strip

from console.tui.cells import cell_len, fit
from console.tui.widgets.painted import Painted, Runs

GAP = "   "
MARGINS = 2
"""The blank at either side of a line."""


class Piece(NamedTuple):
    """A text in a theme colour; ``click`` is the action it runs when clicked."""

    text: str
    ink: str = "foreground"
    bold: bool = False
    click: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """Something shown whole or not at all: of a line too long, items of lowest ``priority`` go first."""

    pieces: tuple[Piece, ...]
    priority: int = 0

    @property
    def width(self) -> int:
        """Cells it takes."""
        return sum(cell_len(piece.text) for piece in self.pieces)


Line = tuple[Item, ...]


def figure(label: str, value: str, priority: int, ink: str = "foreground") -> Item:
    """A figure with its label."""
    return Item((Piece(f"{label} ", "muted"), Piece(value, ink)), priority)


def fitted(line: Line, width: int) -> list[Item]:
    """The items that fit side by side."""
    kept = list(line)
    while len(kept) > 1 and sum(item.width for item in kept) + len(GAP) * (len(kept) - 1) > width:
        kept.remove(min(reversed(kept), key=lambda item: item.priority))
    return kept


class StatusBoard(Painted):
    """Shows lines of items; it is as high as there are lines."""

    DEFAULT_CSS = "StatusBoard { height: auto; }"

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(widget_id)
        self.lines: tuple[Line, ...] = ()
        self._inks: dict[Piece, Style] = {}

    def show(self, lines: tuple[Line, ...]) -> None:
        """Show other lines."""
        if lines == self.lines:
            return
        if len(lines) != len(self.lines):
            self.styles.height = len(lines)
        self.lines = lines
        self.invalidate()

    def notify_style_update(self) -> None:
        """The theme changed."""
        self._inks.clear()
        super().notify_style_update()

    def paint(self, width: int, height: int) -> list[Strip]:
        """One strip for every line, with a blank at either side."""
        base = self._ink(Piece(""))
        return [self._line(line, width, base) for line in self.lines[:height]]

    def _line(self, line: Line, width: int, base: Style) -> Strip:
        runs = Runs()
        runs.add(" ", base)
        items = fitted(line, width - MARGINS)
        for position, item in enumerate(items):
            if position:
                runs.add(GAP, base)
            for piece in item.pieces:
                runs.add(fit(piece.text, width - 1 - runs.width), self._ink(piece))
        return runs.strip(width, base)

    def _ink(self, piece: Piece) -> Style:
        look = piece._replace(text="")
        if look not in self._inks:
            self._inks[look] = self.ink(look.ink, bold=look.bold, click=look.click)
        return self._inks[look]
