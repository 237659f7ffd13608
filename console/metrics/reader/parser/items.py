"""The result of parsing a line: its numbers, each with its name, unit, total and average."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from console.metrics.reader.lexer import Token
from console.metrics.reader.units import Unit
from console.metrics.reader.vocabulary import TAGS, split_identifier


@dataclass(slots=True, eq=False)
class Item:
    """A number of a line with its name; ``words`` is empty for a number without one.

    ``identifier_length`` counts the words of the last identifier of the name. ``qualifier`` holds the words in
    parentheses behind the name, ``trailing_words`` those in parentheses behind the number. ``total`` is n of
    ``i/n``, ``average`` the number in ``v (average)``, ``share`` the percentage in ``i/n (share %)``.
    ``factor`` stands for a suffix k or M. ``follows_bracket`` marks a counter in brackets behind another,
    ``bar`` the counter of a drawn bar, ``in_list`` the first of several numbers under one name.
    ``words_before`` counts the words of the line before the name. ``separator`` is the text between name
    and number, ``after`` if the name stands behind the number. ``phase`` is that of the heading in force.
    """

    number: Token
    words: tuple[str, ...] = ()
    identifier_length: int = 0
    name: str = ""
    separator: str = ""
    qualifier: tuple[str, ...] = ()
    trailing_words: tuple[str, ...] = ()
    average: Token | None = None
    total: Token | None = None
    share: Token | None = None
    unit: Unit | None = None
    factor: float = 1.0
    negative: bool = False
    percent: bool = False
    bar: bool = False
    follows_bracket: bool = False
    in_list: bool = False
    words_before: int = 0
    phase: str | None = None

    @classmethod
    def labelled(cls, label: Sequence[Token], number: Token) -> Item:
        """An item whose name is ``label``."""
        item = cls(number)
        item.rename(label)
        return item

    def rename(self, label: Sequence[Token]) -> None:
        """Make ``label`` the name."""
        self.words = words_of(label)
        self.identifier_length = len(words_of(label[-1:]))
        self.name = " ".join(token.text for token in label)


@dataclass(slots=True, eq=False)
class ParsedLine:
    """The items of a line in their order, and what is known of the line as a whole.

    ``is_settings``: a dump of settings. ``is_alarm``: a warning or an error. ``value_dependent``: it was parsed
    by the size of its numbers, so its schema does not hold for its template. ``words`` are all its words in
    lower case, ``bar_words`` those before a progress bar, ``None`` without a bar.
    """

    items: list[Item] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    is_settings: bool = False
    is_alarm: bool = False
    value_dependent: bool = False
    bar_words: tuple[str, ...] | None = None


def words_of(label: Sequence[Token]) -> tuple[str, ...]:
    """The words of the tokens of a label; ``/`` stands for "per"."""
    if len(label) == 1:
        return split_identifier(label[0].text)
    return tuple(word for token in label for word in split_identifier(token.text))


def tags_of(words: Iterable[str]) -> list[str]:
    """The tags of ``words``, an empty string for an unknown one."""
    return [TAGS.get(word, "") for word in words]


def names_only_phase(words: Iterable[str]) -> bool:
    """Whether ``words`` are only words for training or evaluation, or none at all."""
    return all(tag in ("train", "eval") for tag in tags_of(words))
