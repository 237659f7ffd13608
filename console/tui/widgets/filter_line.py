"""One line to filter a list by typing; it is a plain text until it is used."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from console.i18n import t


class FilterLine(Horizontal):
    """``/ filter``, or the filter that holds. Enter leaves it; Escape leaves it and takes the filter away."""

    DEFAULT_CSS = """
    FilterLine {
        height: 1;
        & > Static { width: 1fr; color: $muted; }
        & > Static.-holds { color: $accent; }
        & > Input { width: 1fr; background: $field; }
    }
    """

    class Changed(Message):
        """The filter is another one; ``words`` in lower case must all be found."""

        def __init__(self, words: tuple[str, ...]) -> None:
            super().__init__()
            self.words = words

    class Left(Message):
        """The operator has done with typing; the list takes the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def compose(self) -> ComposeResult:
        """The words that stand here while nothing is typed."""
        yield Static(markup=False)

    def on_mount(self) -> None:
        """Show what holds."""
        self.relabel()

    def relabel(self) -> None:
        """Say in the current language what the line is for, or which filter holds."""
        label = self.query_one(Static)
        label.update(f"/ {self.text}" if self.text else f"/ {t('app.filter')}")
        label.set_class(bool(self.text), "-holds")

    async def open(self) -> None:
        """Begin to type."""
        if self.query(Input):
            self.query_one(Input).focus()
            return
        self.query_one(Static).display = False
        line = Input(self.text, compact=True, placeholder=t("app.filter"))
        await self.mount(line)
        line.focus()

    async def on_click(self) -> None:
        """A click begins to type."""
        await self.open()

    @on(Input.Changed)
    def _tell(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self.text:
            self.text = event.value
            self.post_message(self.Changed(tuple(self.text.casefold().split())))

    @on(Input.Submitted)
    async def _submit(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Left())

    @on(Input.Blurred)
    async def _close(self, event: Input.Blurred) -> None:
        event.stop()
        await event.input.remove()
        self.query_one(Static).display = True
        self.relabel()

    def on_key(self, event: events.Key) -> None:
        """Escape takes the filter away; the arrows go to the list."""
        if event.key not in ("escape", "down", "up") or not self.query(Input):
            return
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self.query_one(Input).value = ""
        self.post_message(self.Left())
