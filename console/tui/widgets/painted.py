"""A widget whose lines are made in one go and of which only what changed is sent to the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget


class Runs:
    """One line under construction: neighbours of the same style become one segment, blanks join any style.

    Every segment costs tens of bytes of escape codes on the way to the terminal, so few are wanted.
    """

    def __init__(self) -> None:
        self._segments: list[Segment] = []
        self._text: list[str] = []
        self._style: Style | None = None

    def add(self, text: str, style: Style) -> None:
        """Append ``text`` in ``style``."""
        current = self._style
        if current is None:
            self._style = style
        elif style is not current and not (text.isspace() and _same_blank(style, current)):
            self._segments.append(Segment("".join(self._text), current))
            self._text, self._style = [], style
        self._text.append(text)

    def space(self) -> None:
        """Append a blank in whatever style the line is in, which must have the line's common background."""
        self._text.append(" ")

    @property
    def width(self) -> int:
        """Cells used so far."""
        return sum(segment.cell_length for segment in self._segments) + cell_len("".join(self._text))

    def strip(self, width: int, base: Style) -> Strip:
        """The line, cut or filled with blanks of ``base`` to ``width`` cells."""
        segments = [*self._segments, Segment("".join(self._text), self._style or base)]
        missing = width - sum([cell_len(segment.text) for segment in segments])
        if missing < 0:
            return Strip(segments).adjust_cell_length(width, base)
        if missing:
            segments.append(Segment(" " * missing, base))
        return Strip(segments, width)


def _same_blank(style: Style, current: Style) -> bool:
    """True when a blank looks the same in both styles."""
    return style.bgcolor == current.bgcolor and not (
        style.reverse or current.reverse or style.underline or current.underline
    )


class Painted(Widget):
    """Base of the line widgets. A subclass makes all lines in :meth:`paint` and calls :meth:`invalidate`.

    Painting happens at most once per turn of the event loop, and not at all while the widget is not shown.
    Every style used in a line carries its own background (:meth:`ink`).
    """

    ALLOW_SELECT = False

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._lines: list[Strip] | None = None
        self._painted_size = Size(0, 0)
        self._due = False

    def paint(self, width: int, height: int) -> list[Strip]:
        """The lines of the content, each ``width`` cells wide; missing ones are blank."""
        raise NotImplementedError

    def invalidate(self) -> None:
        """Say that what is shown may have changed."""
        if not self._due:
            self._due = True
            self.call_later(self._repaint)

    def _repaint(self) -> None:
        self._due = False
        before, size = self._lines, self.size
        if before is None or self._painted_size != size or not self.is_on_screen:
            self._lines = None
            self.refresh()
            return
        self._lines = self.paint(size.width, size.height)
        regions = changed_regions(before, self._lines, size.width)
        if regions:
            self.refresh(*regions)

    def ink(
        self,
        variable: str,
        *,
        on: str | None = None,
        bold: bool = False,
        faint: float = 0.0,
        reverse: bool = False,
        click: str | None = None,
    ) -> Style:
        """A style in the theme colour ``variable``, on the widget's background or on the theme colour ``on``.

        ``faint`` is how far the colour goes towards the background (0 to 1); ``click`` is the action run
        when text in this style is clicked.
        """
        variables = self.app.theme_variables
        background = Color.parse(variables[on]) if on else self.background_colors[1]
        colour = Color.parse(variables[variable])
        if faint:
            colour = colour.blend(background, faint)
        return Style(
            color=colour.rich_color,
            bgcolor=background.rich_color,
            bold=bold,
            reverse=reverse,
            meta={"@click": click} if click else None,
        )

    def notify_style_update(self) -> None:
        """Colours changed: nothing painted so far holds."""
        super().notify_style_update()
        self._lines = None

    def render_line(self, y: int) -> Strip:
        """One line of what was painted last."""
        if self._lines is None or self._painted_size != self.size:
            self._painted_size = self.size
            self._lines = self.paint(self.size.width, self.size.height)
        return self._lines[y] if y < len(self._lines) else Strip.blank(self.size.width, self.rich_style)


def changed_regions(before: Sequence[Strip], after: Sequence[Strip], width: int) -> list[Region]:
    """For each line that differs, the span from its first to its last differing segment."""
    regions = []
    for y in range(max(len(before), len(after))):
        old = list(before[y]) if y < len(before) else []
        new = list(after[y]) if y < len(after) else []
        if old == new:
            continue
        head = 0
        while head < min(len(old), len(new)) and old[head] == new[head]:
            head += 1
        tail = 0
        while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
            tail += 1
        start = sum(segment.cell_length for segment in new[:head])
        end = width - sum(segment.cell_length for segment in new[len(new) - tail :])
        regions.append(Region(start, y, max(end - start, 1), 1))
    return regions
