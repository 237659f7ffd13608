"""A form as plain data: sections of rows of fields, in the words of the current language.

A form is made anew from the state behind it whenever that state changes; nothing in it is ever edited.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from console.launch.findings import Level


class FieldKind(Enum):
    """The kind of a field, by which it is shown and changed."""

    SEGMENTS = "segments"
    """A few options side by side, one of them chosen."""
    LIST = "list"
    """One of many options, chosen from a list that opens."""
    TEXT = "text"
    """A text or a number, typed."""
    CHECK = "check"
    """On or off; the value is ``on`` or empty."""
    MAP = "map"
    """Several of the options, each of them on or off; the value is their values with commas between."""
    FOLD = "fold"
    """Shows or hides the fields that follow; the value is ``on`` while they are shown."""


@dataclass(frozen=True, slots=True)
class Option:
    """One of a field's options: its value and its words. A disabled one cannot be chosen."""

    value: str
    text: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``changed`` is set when the value is not the default, ``error`` says what is wrong with it.

    ``note`` is a remark shown behind the value, with the glyph of ``note_level``. ``help`` is the sentence
    shown while the field has the cursor. ``width`` is that of a text's box in cells, 0 for all that is left.
    A ``numeric`` text takes a digit as the beginning of a new value.
    """

    id: str
    kind: FieldKind
    label: str
    value: str = ""
    options: tuple[Option, ...] = ()
    changed: bool = False
    error: str | None = None
    enabled: bool = True
    note: str = ""
    note_level: Level | None = None
    help: str = ""
    width: int = 0
    numeric: bool = False

    @property
    def chosen(self) -> frozenset[str]:
        """The values that are on, of a field with options."""
        return frozenset(self.value.split(",")) if self.kind is FieldKind.MAP else frozenset({self.value})

    def shown_value(self) -> str:
        """The value as text, through the options where there are any."""
        return next((one.text for one in self.options if one.value == self.value), self.value)


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under one heading, in rows; a ``grid`` has one row, whose fields flow into columns."""

    title: str
    rows: tuple[tuple[Field, ...], ...]
    grid: bool = False


Form = tuple[Section, ...]


def fields_of(form: Form) -> list[Field]:
    """Every field of a form, in reading order."""
    return [field for section in form for row in section.rows for field in row]
