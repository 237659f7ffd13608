"""The base of the dialogs: a frame in the middle of the screen, Escape to leave without an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget

Answer = TypeVar("Answer")


class Dialog(ModalScreen["Answer | None"], Generic[Answer]):
    """A modal screen that ends with an answer, or with ``None`` when the operator turns back."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;
        & > .frame {
            width: 72;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            background: $surface;
            border: round $primary;
            border-title-color: $primary;
            border-title-style: bold;
            border-subtitle-color: $muted;
            padding: 0 1;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", show=False)]

    def __init__(self, title: str, subtitle: str = "") -> None:
        super().__init__()
        self._title = title
        self._subtitle = subtitle

    def compose(self) -> ComposeResult:
        """The frame with the dialog's own widgets in it."""
        with Vertical(classes="frame") as frame:
            frame.border_title = self._title
            frame.border_subtitle = self._subtitle
            yield from self.compose_body()

    def compose_body(self) -> Iterator[Widget]:
        """The dialog's own widgets."""
        raise NotImplementedError

    def action_cancel(self) -> None:
        """Turn back."""
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """A click beside the frame turns back."""
        if event.widget is self:
            self.dismiss(None)
