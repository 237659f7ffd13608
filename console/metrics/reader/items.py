"""What the grammar finds in a line: numbers with their names, units, totals and averages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from console.metrics.reader.tokens import Token
from console.metrics.reader.units import Unit
from console.metrics.reader.vocabulary import TAGS, split_identifier


class Item:
    """One number of a line; ``words`` is empty where nothing names it.

    ``tail`` is the number of words in the last identifier of the name, ``aside`` the words in parentheses
    behind the name, ``after`` those behind the number. ``total`` is n of ``i/n``, ``average`` the number in
    ``v (average)``, ``share`` the percentage in ``i/n (share %)``. ``factor`` stands for a suffix k or M.
    ``chained`` tells of a bracket behind another counter, ``leading`` how many words the line has before the
    name. ``listed`` is set for the first of several numbers under one name. ``separator`` is what was
    printed between name and number, ``after`` if the name stands behind.
    """

    __slots__ = (
        "after",
        "aside",
        "average",
        "bar",
        "chained",
        "factor",
        "leading",
        "listed",
        "name",
        "negative",
        "number",
        "percent",
        "phase",
        "separator",
        "share",
        "tail",
        "total",
        "unit",
        "words",
    )

    def __init__(self, label: Sequence[Token], number: Token) -> None:
        self.number = number
        self.words: tuple[str, ...] = ()
        self.tail = 0
        self.name = ""
        self.rename(label)
        self.separator = ""
        self.aside: tuple[str, ...] = ()
        self.after: tuple[str, ...] = ()
        self.average: Token | None = None
        self.total: Token | None = None
        self.share: Token | None = None
        self.unit: Unit | None = None
        self.factor = 1.0
        self.negative = False
        self.percent = False
        self.bar = False
        self.chained = False
        self.listed = False
        self.leading = 0
        self.phase: str | None = None

    def rename(self, label: Sequence[Token]) -> None:
        """Take ``label`` for the name."""
        self.words = words_of(label)
        self.tail = len(words_of(label[-1:]))
        self.name = " ".join(token.text for token in label)

    def __repr__(self) -> str:
        total = f"/{self.total.text}" if self.total is not None else ""
        return f"Item({' '.join(self.words)}={self.number.text}{total})"


class ParsedLine:
    """The items of a line in their order, and what else it showed.

    ``settings``: it is a dump of settings; ``alarm``: a warning or an error; ``fragile``: how it was read
    depends on the values, so that it must not stand for other lines of its layout. ``bar_words`` are the
    words before a progress bar, ``None`` without a bar.
    """

    __slots__ = ("alarm", "bar_words", "fragile", "items", "settings", "words")

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.words: list[str] = []
        self.settings = False
        self.alarm = False
        self.fragile = False
        self.bar_words: tuple[str, ...] | None = None


def words_of(label: Sequence[Token]) -> tuple[str, ...]:
    """The words of the tokens of a label; ``/`` stands for "per"."""
    if len(label) == 1:
        return split_identifier(label[0].text)
    return tuple(word for token in label for word in split_identifier(token.text))


def tags_of(words: Iterable[str]) -> list[str]:
    """The kinds of ``words``, an empty string for an unknown one."""
    return [TAGS.get(word, "") for word in words]


def tells_only_phase(words: Iterable[str]) -> bool:
    """True if ``words`` are nothing but words for training or evaluation, or none at all."""
    return all(tag in ("train", "eval") for tag in tags_of(words))
