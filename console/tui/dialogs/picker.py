"""Choosing one of a list, with a filter as you type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from console.i18n import t
from console.tui.cells import cell_len
from console.tui.dialogs.base import Dialog

FILTER_FROM = 8
"""Lists shorter than this need no filter."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the list: the answer it stands for, its words, and a remark at the right."""

    value: str
    text: str
    remark: str = ""


class PickerDialog(Dialog[str]):
    """Answers the value of the chosen line. ``current`` is where the cursor begins."""

    DEFAULT_CSS = """
    PickerDialog {
        & Input { background: $field; margin: 0 0 1 0; }
        & OptionList { height: auto; max-height: 20; border: none; padding: 0; background: $surface; }
        & OptionList:focus { border: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    def __init__(self, title: str, choices: Sequence[Choice], current: str | None = None) -> None:
        super().__init__(title, t("app.picker_keys"))
        self._choices = tuple(choices)
        self._current = current
        self._shown: tuple[Choice, ...] = ()

    def compose_body(self) -> Iterator[Widget]:
        """A filter where the list is long, and the list."""
        if len(self._choices) >= FILTER_FROM:
            yield Input(placeholder=t("app.picker_filter"), compact=True)
        yield OptionList()

    def on_mount(self) -> None:
        """Fill the list, with the cursor on what holds now."""
        self._show(self._choices)
        values = [choice.value for choice in self._choices]
        if self._current in values:
            self.query_one(OptionList).highlighted = values.index(self._current)

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        words = event.value.casefold().split()
        self._show(
            tuple(
                choice
                for choice in self._choices
                if all(word in f"{choice.text} {choice.remark}".casefold() for word in words)
            )
        )

    def _show(self, choices: tuple[Choice, ...]) -> None:
        self._shown = choices
        widest = max((cell_len(choice.text) for choice in choices), default=0)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(_line(choice, widest)) for choice in choices])
        options.highlighted = 0 if choices else None

    def action_move(self, step: int) -> None:
        """Move in the list while the filter has the focus."""
        options = self.query_one(OptionList)
        if self._shown:
            options.highlighted = ((options.highlighted or 0) + step) % len(self._shown)

    def action_choose(self) -> None:
        """Take the line the cursor is on."""
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is not None:
            self.dismiss(self._shown[highlighted].value)

    @on(Input.Submitted)
    def _choose_by_enter(self) -> None:
        self.action_choose()

    @on(OptionList.OptionSelected)
    def _choose_by_list(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._shown[event.option_index].value)


def _line(choice: Choice, widest: int) -> Content:
    if not choice.remark:
        return Content(choice.text)
    blanks = " " * (widest - cell_len(choice.text) + 2)
    return Content.assemble(choice.text, blanks, (choice.remark, "$muted"))
