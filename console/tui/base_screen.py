"""The base of the full screens: header, key bar, language, and a sentence for a terminal too small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Protocol, runtime_checkable

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from console.i18n import current_language, t
from console.tui.actions import Scope
from console.tui.header import Header
from console.tui.key_bar import KeyBar
from console.tui.session import Session

MINIMUM_SIZE = (60, 16)
TINY_CLASS = "-tiny"


@runtime_checkable
class Relabels(Protocol):
    """A widget that keeps rendered text of its own and renders it anew when the language changes.

    Widgets that call ``t()`` inside ``render()`` need nothing.
    """

    def relabel(self) -> None:
        """Render every text again in the current language."""


class TooSmall(Static):
    """The one sentence shown in place of a screen that does not fit."""

    def show_size(self, width: int, height: int) -> None:
        """Name the size the terminal has and the one that is needed."""
        needed_width, needed_height = MINIMUM_SIZE
        self.update(
            t("app.too_small", width=width, height=height, min_width=needed_width, min_height=needed_height)
        )


class ConsoleScreen(Screen[None]):
    """Base of the full screens: a subclass sets :attr:`SCOPE` and has a :meth:`compose_body`.

    The classes ``-narrow`` (under 100 cells), ``-wide`` (from 160) and ``-tiny`` follow the terminal.
    """

    SCOPE: ClassVar[Scope]
    HAS_HEADER: ClassVar[bool] = True
    AUTO_FOCUS: ClassVar[str | None] = ""
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 (Textual declares it as no ClassVar)
        (0, "-narrow"),
        (100, "-normal"),
        (160, "-wide"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._language = current_language()

    def compose(self) -> ComposeResult:
        """Header, body, key bar, and the widget that stands in for all of them."""
        if self.HAS_HEADER:
            yield Header(self.session)
        yield from self.compose_body()
        yield KeyBar(self.SCOPE)
        yield TooSmall(markup=False)

    def compose_body(self) -> Iterator[Widget]:
        """The screen's own widgets, between header and key bar."""
        raise NotImplementedError

    def on_resize(self, event: events.Resize) -> None:
        """Give way to one sentence when the terminal is too small."""
        width, height = event.size
        tiny = width < MINIMUM_SIZE[0] or height < MINIMUM_SIZE[1]
        self.set_class(tiny, TINY_CLASS)
        if tiny:
            self.query_one(TooSmall).show_size(width, height)

    def on_screen_resume(self) -> None:
        """Catch up with the host, and with a language chosen while another screen was on top."""
        for header in self.query(Header):
            header.catch_up()
        if self._language is not current_language():
            self.relabel_all()

    def relabel_all(self) -> None:
        """Render every text of the screen again, in the current language."""
        self._language = current_language()
        for node in self.walk_children(Widget, with_self=True):
            if isinstance(node, Relabels):
                node.relabel()
            node.refresh(layout=True)
