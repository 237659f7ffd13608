"""Asking for one line of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from textual import on
from textual.widget import Widget
from textual.widgets import Input, Static

from console.i18n import t
from console.tui.dialogs.base import Dialog


class PromptDialog(Dialog[str]):
    """Answers the text. ``check`` says what is wrong with it, in one sentence, or ``None``."""

    DEFAULT_CSS = """
    PromptDialog {
        & Input { background: $field; margin: 1 0; }
        & .error { color: $error; height: auto; }
    }
    """

    def __init__(
        self, title: str, value: str = "", check: Callable[[str], str | None] | None = None, hint: str = ""
    ) -> None:
        super().__init__(title, t("app.prompt_keys"))
        self._value = value
        self._check = check
        self._hint = hint

    def compose_body(self) -> Iterator[Widget]:
        """The hint, the line, and room for what is wrong with it."""
        if self._hint:
            yield Static(self._hint, markup=False)
        yield Input(self._value, compact=True)
        yield Static(classes="error", markup=False)

    @on(Input.Changed)
    def _show_problem(self, event: Input.Changed) -> None:
        problem = self._check(event.value) if self._check else None
        self.query_one(".error", Static).update(f"✗ {problem}" if problem else "")

    @on(Input.Submitted)
    def _accept(self, event: Input.Submitted) -> None:
        if self._check is None or self._check(event.value) is None:
            self.dismiss(event.value)
