"""The terms in which an option says how it is written on a command line and in a form, without click or textual."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from console.errors import user_error

ON = "on"
"""The text of a check box that is set; the text of one that is not is empty."""


class Reading(Enum):
    """The type of a command-line option's value."""

    FLAG = "flag"
    TEXT = "text"
    WHOLE = "whole"
    PATH = "path"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class CommandOption:
    """An option of the command line. ``help`` is a message key, ``minimum`` and ``choices`` bound the value.

    ``dest`` is the key its value has among the parsed ones, by default the flag's own name.
    """

    flag: str
    help: str
    reading: Reading = Reading.TEXT
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    default: object = None
    dest: str = ""

    @property
    def key(self) -> str:
        """The key of its value among the parsed options."""
        return self.dest or self.flag.removeprefix("--").replace("-", "_")


class Input(Enum):
    """The input element for a value in a form."""

    CHECK = "check"
    CHOICE = "choice"
    TEXT = "text"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Entry:
    """An option in a form as it stands now: the text of its value, and whether that differs from the default.

    ``options`` are the values to choose from; ``unset`` is the message key of the choice of none of them.
    """

    input: Input
    text: str
    changed: bool
    options: tuple[str, ...] = ()
    unset: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A detail of an option, with a field of its own in a form.

    ``attribute`` is the one of the option's value it sets, ``label`` and ``help`` are message keys, and
    ``width`` is that of its box in cells.
    """

    name: str
    attribute: str
    input: Input
    label: str
    help: str
    width: int = 8

    def read(self, text: str) -> bool | int | str:
        """The value of a text that was entered. Raises :class:`~console.errors.UserError` for what is no number."""
        if self.input is Input.CHECK:
            return text == ON
        return read_whole(text) if self.input is Input.NUMBER else text.strip()

    def text(self, value: object) -> str:
        """The text of this part of an option's ``value``."""
        given = getattr(value, self.attribute)
        return (ON if given else "") if self.input is Input.CHECK else str(given)


def read_whole(text: str) -> int:
    """A whole number. Raises :class:`~console.errors.UserError` for anything else."""
    try:
        return int(text.strip())
    except ValueError:
        raise user_error("form.not_a_whole_number", value=text) from None


def read_path(text: str) -> Path | None:
    """A path with the home folder filled in, ``None`` for no text."""
    return Path(text.strip()).expanduser() if text.strip() else None


def absolute(path: Path | None) -> Path | None:
    """The path as it reads from any folder."""
    return path.expanduser().absolute() if path is not None else None
