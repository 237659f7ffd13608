"""Asking before something that cannot be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Button, Static

from console.i18n import t
from console.tui.dialogs.base import Dialog


class ConfirmDialog(Dialog[bool]):
    """Answers ``True`` when the operator agrees. The cursor begins on the way back."""

    DEFAULT_CSS = """
    ConfirmDialog {
        & Static { margin: 1 0; }
        & Horizontal { height: 1; align-horizontal: right; }
        & Button { margin-left: 2; min-width: 10; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "agree", show=False),
        Binding("n", "cancel", show=False),
        Binding("left,right", "switch", show=False),
    ]
    AUTO_FOCUS = "#cancel"

    def __init__(self, title: str, question: str, agree: str) -> None:
        super().__init__(title)
        self._question = question
        self._agree = agree

    def compose_body(self) -> Iterator[Widget]:
        """The question, and two buttons."""
        yield Static(self._question, markup=False)
        yield Horizontal(
            Button(t("app.cancel"), id="cancel", compact=True),
            Button(self._agree, id="agree", variant="error", compact=True),
        )

    def action_agree(self) -> None:
        """Agree."""
        self.dismiss(True)

    def action_switch(self) -> None:
        """Go to the other button."""
        self.focus_next()

    @on(Button.Pressed)
    def _answer(self, event: Button.Pressed) -> None:
        self.dismiss(True if event.button.id == "agree" else None)
