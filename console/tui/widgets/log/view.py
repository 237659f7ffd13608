"""The log: any part of a file of any length, following its end until somebody scrolls up."""

from __future__ import annotations

from textual import events
from textual.cache import LRUCache
from textual.strip import Strip

from console.tui.theme import SERIES_COUNT
from console.tui.widgets.log.lines import LineKind, LineSource
from console.tui.widgets.log.paint import (
    Frame,
    LogInks,
    bottom_line,
    framed,
    line_strip,
    thumb_rows,
    top_line,
)
from console.tui.widgets.painted import Painted

CACHED_LINES = 1000
SIDE_STEP = 16
"""Cells by which the view moves sideways."""
WHEEL_STEP = 3

UNSETTLED_LINES = 32
"""Lines at the end that may still change: progress bars, lines half written by several ranks."""


class LogView(Painted, can_focus=True):
    """Shows a :class:`LineSource` in a frame. Only lines in sight are fetched and styled.

    ``following`` holds until the operator scrolls up, and again from the end on. ``chosen`` is a line set
    off from the others (a failure, a search hit), ``needle`` a text to highlight.
    """

    DEFAULT_CSS = "LogView { min-height: 3; }"

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(widget_id)
        self.following = True
        self.needle = ""
        self.chosen: int | None = None
        self._source: LineSource | None = None
        self._label = ""
        self._count = 0
        self._top = 0
        self._left = 0
        self._centred = False
        self._inks: LogInks | None = None
        self._strips: LRUCache[int, Strip] = LRUCache(CACHED_LINES)
        self._dragging = False

    # What the screen sets.

    def show(self, source: LineSource, label: str) -> None:
        """Show another source from its end on; ``label`` names it in the frame."""
        self._source, self._label = source, label
        self._count = source.line_count
        self._left, self.chosen = 0, None
        self._forget_lines()
        self.follow()

    def rename(self, label: str) -> None:
        """Name the same source anew."""
        if label != self._label:
            self._label = label
            self.invalidate()

    def grow(self) -> None:
        """Take in what came since; the last lines may have become longer."""
        if self._source is None:
            return
        for number in range(max(self._count - UNSETTLED_LINES, 0), self._count):
            self._strips.discard(number)
        self._count = self._source.line_count
        self._keep_place()
        self.invalidate()

    def mark(self, needle: str) -> None:
        """Highlight a text wherever it stands."""
        if needle != self.needle:
            self.needle = needle
            self._forget_lines()
            self.invalidate()

    def go_to(self, line: int) -> None:
        """Set a line off from the others and bring it into the middle of the view."""
        self.choose(line)
        self.following = False
        self._centred = True
        self._keep_place()
        self.invalidate()

    def _keep_place(self) -> None:
        """Stay at the end, or with the chosen line in the middle, or where the operator scrolled to."""
        if self._centred and self.chosen is not None:
            self._move_to(self.chosen - self._body_height // 2)
        else:
            self._move_to(self._last_top if self.following else self._top)

    def choose(self, line: int | None) -> None:
        """Set a line off from the others, wherever it is."""
        for changed in (self.chosen, line):
            if changed is not None:
                self._strips.discard(changed)
        self.chosen = line
        self.invalidate()

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._centred = False
        self.following = True
        self._move_to(self._last_top)
        self.invalidate()

    @property
    def first_visible(self) -> int:
        """The number of the line at the top."""
        return self._top

    @property
    def last_visible(self) -> int:
        """The number of the line at the bottom."""
        return max(min(self._top + self._body_height, self._count) - 1, 0)

    # Moving.

    @property
    def _body_height(self) -> int:
        return max(self.size.height - 2, 1)

    @property
    def _last_top(self) -> int:
        return max(self._count - self._body_height, 0)

    @property
    def _first_top(self) -> int:
        return min(self._source.first_line, self._last_top) if self._source else 0

    def _move_to(self, top: int) -> None:
        self._top = min(max(top, self._first_top), self._last_top)

    def scroll_by_lines(self, lines: int) -> None:
        """Move up or down; moving up ends following, reaching the end resumes it."""
        self._centred = False
        self._move_to(self._top + lines)
        if self._top < self._last_top:
            self.following = False
        elif lines > 0:
            self.following = True
        self.invalidate()

    def scroll_sideways(self, cells: int) -> None:
        """Move left or right."""
        self._left = max(self._left + cells, 0)
        self._forget_lines()
        self.invalidate()

    def key_up(self) -> None:
        """One line up."""
        self.scroll_by_lines(-1)

    def key_down(self) -> None:
        """One line down."""
        self.scroll_by_lines(1)

    def key_pageup(self) -> None:
        """A page up."""
        self.scroll_by_lines(1 - self._body_height)

    def key_pagedown(self) -> None:
        """A page down."""
        self.scroll_by_lines(self._body_height - 1)

    def key_home(self) -> None:
        """To the first line."""
        self.scroll_by_lines(-self._count - 1)

    def key_end(self) -> None:
        """To the end, and follow."""
        self.follow()

    def key_left(self) -> None:
        """To the left."""
        self.scroll_sideways(-SIDE_STEP)

    def key_right(self) -> None:
        """To the right."""
        self.scroll_sideways(SIDE_STEP)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """A few lines up."""
        event.stop()
        self.scroll_by_lines(-WHEEL_STEP)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """A few lines down."""
        event.stop()
        self.scroll_by_lines(WHEEL_STEP)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the scroll bar."""
        if event.x == self.size.width - 1 and 0 < event.y <= self._body_height:
            self._dragging = True
            self.capture_mouse()
            self._drag_to(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Scroll with the pointer."""
        if self._dragging:
            self._drag_to(event.y)

    def on_mouse_up(self) -> None:
        """Let go of the scroll bar."""
        if self._dragging:
            self._dragging = False
            self.release_mouse()

    def _drag_to(self, y: int) -> None:
        self._centred = False
        share = (y - 1) / max(self._body_height - 1, 1)
        self._move_to(round(self._last_top * min(max(share, 0.0), 1.0)))
        self.following = self._top >= self._last_top
        self.invalidate()

    def on_resize(self) -> None:
        """Another height shows other lines."""
        self._forget_lines()
        self._keep_place()
        self.invalidate()

    def on_focus(self) -> None:
        """Mark the frame."""
        self._restyle()

    def on_blur(self) -> None:
        """Unmark the frame."""
        self._restyle()

    def _restyle(self) -> None:
        self._inks = None
        self.invalidate()

    def notify_style_update(self) -> None:
        """The theme changed."""
        self._inks = None
        self._forget_lines()
        super().notify_style_update()

    def _forget_lines(self) -> None:
        self._strips.clear()

    # Drawing.

    def paint(self, width: int, height: int) -> list[Strip]:
        """Frame and the lines in sight."""
        inks = self._inks = self._inks or self._make_inks()
        body = max(height - 2, 0)
        frame = Frame(self._label, self.following, self.needle, self._top, body, self._count)
        strips = self._body(width - 2, body, inks)
        thumb = thumb_rows(frame)
        return [
            top_line(frame, width, inks),
            *(framed(strip, row in thumb, inks) for row, strip in enumerate(strips)),
            bottom_line(frame, width, inks),
        ]

    def _body(self, width: int, height: int, inks: LogInks) -> list[Strip]:
        numbers = range(self._top, min(self._top + height, self._count))
        missing = [number for number in numbers if number not in self._strips]
        if missing and self._source is not None:
            first = missing[0]
            for number, line in enumerate(self._source.lines(first, missing[-1] - first + 1), first):
                chosen = number == self.chosen
                self._strips[number] = line_strip(line, width, self._left, self.needle, chosen, inks)
        blank = Strip.blank(width, inks.base)
        shown = [self._strips.get(number, blank) for number in numbers]
        return shown + [blank] * (height - len(shown))

    def _make_inks(self) -> LogInks:
        series = [f"series-{slot + 1}" for slot in range(SERIES_COUNT)]
        return LogInks(
            base=self.ink("foreground"),
            frame=self.ink("primary" if self.has_focus else "line"),
            title=self.ink("primary" if self.has_focus else "foreground", bold=True),
            source=self.ink("foreground", click="screen.rank"),
            follow=self.ink("success", click="screen.follow"),
            search=self.ink("accent" if self.needle else "muted", click="screen.search"),
            muted=self.ink("muted", click="screen.follow"),
            hit=self.ink("accent", reverse=True),
            repeats=self.ink("primary"),
            chosen=self.ink("block-cursor-foreground", on="block-cursor-background"),
            thumb=self.ink("scrollbar-hover"),
            kinds={
                LineKind.PLAIN: self.ink("muted"),
                LineKind.METRIC: self.ink("foreground"),
                LineKind.EVENT: self.ink("primary"),
                LineKind.WARNING: self.ink("warning"),
                LineKind.ERROR: self.ink("error", bold=True),
            },
            ranks=tuple(self.ink(name) for name in series),
        )
