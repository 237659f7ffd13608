"""A printed name taken apart, and what it may turn out to mean."""

from __future__ import annotations

from typing import NamedTuple

from console.metrics.reader.units import Unit, find_unit, parse_unit
from console.metrics.reader.vocabulary import TAGS, Head

FALLBACK = 10
"""Orders from here on hold only while nothing better stands on the line: averages, parts."""

GUESS = 15
"""Orders from here on hold only for the one number of their kind on the line."""


class Meaning(NamedTuple):
    """What a label says. ``field`` is canonical, or ``None`` for any other number.

    Of several values for one field the one with the lowest ``order`` counts. ``soft`` marks a time whose
    scope the name leaves open, ``percent`` an accuracy that is printed in percent, ``measure`` a number
    worth keeping although not canonical. ``scope`` is ``epoch`` for a step within the epoch, ``total``,
    ``plural`` or ``epochs`` for a counter that may as well be a total, ``train`` for a whole step's time.
    """

    field: str | None
    order: int = 0
    phase: str | None = None
    average: bool = False
    unit: Unit | None = None
    soft: bool = False
    measure: bool = False
    percent: bool = False
    scope: str | None = None


NOTHING = Meaning(None)


class Label(NamedTuple):
    """The ``words`` of a name with their kinds, those ``aside`` in parentheses behind it, and its unit."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    aside: tuple[str, ...]
    unit: Unit | None

    @classmethod
    def of(cls, words: tuple[str, ...], aside: tuple[str, ...]) -> Label:
        """Take ``words`` and ``aside`` for a label; its unit may stand in either."""
        unit = parse_unit(aside) if aside else None
        if unit is None or (unit.kind == "duration" and "/" in words):
            unit = find_unit(words) or unit
        if unit is None and len(words) == 1:
            unit = parse_unit(words)
        return cls(words, tuple(TAGS.get(word, "") for word in words), aside, unit)

    def last(self, count: int) -> Label:
        """The label made of the last ``count`` words."""
        return self._replace(words=self.words[-count:], tags=self.tags[-count:])

    def has(self, *tags: str) -> bool:
        """Whether a word of one of these kinds is in the name."""
        return any(tag in self.tags for tag in tags)

    def is_inert(self, head: Head) -> bool:
        """Whether a word makes the name that of something else: a setting, a limit, a count."""
        return not (head.inert.isdisjoint(self.words) and head.inert_tags.isdisjoint(self.tags))

    def qualifiers(self, head: Head) -> list[str]:
        """The words that neither belong to ``head`` nor leave its meaning."""
        return [
            word
            for word, tag in zip(self.words, self.tags, strict=True)
            if tag not in head.tags and word not in head.neutral and word not in "/@" and not word.isdigit()
        ]
