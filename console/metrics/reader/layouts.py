"""Lines that differ in numbers alone from one read before are read by its plan, without the grammar."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from console.metrics.reader.finish import finish
from console.metrics.reader.slots import Plan, Slot
from console.metrics.reader.tokens import to_number
from console.metrics.samples import Reading

_NUMBER = (
    # The first digit decides: behind a letter it is part of an identifier, unless a decimal point follows,
    r"[0-9](?:(?<![A-Za-z_@0-9.][0-9])|(?<=[A-Za-z][0-9])(?=[0-9]{0,9}\.[0-9]))"
    # and in names of accuracies part of the name. It comes first as that makes the search fast.
    r"(?<![Tt]op[-_ ][0-9])(?<!TOP[-_ ][0-9])(?<!@ [0-9])"
    r"(?:(?<=[1-9])[0-9]{0,2}(?:,[0-9]{3})+(?!,?[0-9])|[0-9]{0,31})"
    r"(?:\.[0-9]{1,32}|\.(?=[eE]\s?[+-]?[0-9]|[\s,;)\]}|]|$))?(?:[eE][+-]?[0-9]{1,9})?"
)
_IN_BYTES = re.compile(b"(%b)" % _NUMBER.encode())
_IN_TEXT = re.compile(_NUMBER, re.ASCII)
_MOST_KNOWN = 2048

Shape = tuple[bytes, ...]
"""What stands before, between and behind the numbers of a line."""


class Place(NamedTuple):
    """Where a slot's value stands among the numbers of the line, and how it is taken from there."""

    place: int
    convert: Callable[[bytes], float]


class Layout(NamedTuple):
    """A plan, and for each of its slots where the value stands."""

    plan: Plan
    places: tuple[Place, ...]


def take_apart(raw: bytes) -> tuple[Shape, list[bytes]]:
    """The shape of ``raw``, and its numbers."""
    pieces = _IN_BYTES.split(raw)
    return tuple(pieces[::2]), pieces[1::2]


def _layout_of(plan: Plan, text: str, numbers: int) -> Layout | None:
    """The layout of ``text``, for which ``plan`` was made; ``None`` where it cannot stand for other lines."""
    indexes = {match.span(): index for index, match in enumerate(_IN_TEXT.finditer(text))}
    if len(indexes) != numbers:
        return None
    places: list[Place] = []
    for slot in plan.slots:
        token = slot.number
        index = indexes.get((token.start, token.end))
        if index is not None:
            places.append(Place(index, _converter(slot)))
        elif token.text[:1].isalpha():  # nan and inf are part of the shape
            places.append(Place(0, partial(_constant, slot.value)))
        else:
            return None
    return Layout(plan, tuple(places))


def _converter(slot: Slot) -> Callable[[bytes], float]:
    if "," in slot.number.text:
        return _grouped_count if slot.kind == "count" else _grouped
    if slot.kind != "count":
        return float
    if isinstance(slot.number.value, int):
        return int
    return float if slot.field == "epoch" else _whole


def _whole(printed: bytes) -> float:
    return int(float(printed))


def _grouped(printed: bytes) -> float:
    return float(to_number(printed.decode()))


def _grouped_count(printed: bytes) -> float:
    return to_number(printed.decode())


def _constant(value: float, _: bytes) -> float:
    return value


def read_by(layout: Layout, numbers: list[bytes], percents: set[str]) -> Reading | None:
    """The reading of a line of this layout.

    Raises ``ValueError`` where a number is not of the kind that the layout has in its place.
    """
    return finish(layout.plan, [convert(numbers[place]) for place, convert in layout.places], percents)


class Layouts:
    """The layouts met so far, bounded; ``None`` for a shape that states no metric."""

    def __init__(self) -> None:
        self._known: dict[Shape, Layout | None] = {}

    def find(self, shape: Shape, default: Layout | None) -> Layout | None:
        """The layout of ``shape``, or ``default`` if no line of that shape was met."""
        return self._known.get(shape, default)

    def learn(self, shape: Shape, plan: Plan | None, text: str, numbers: int) -> None:
        """Remember the ``plan`` for the lines of this shape, if what ``text`` showed can stand for others.

        ``numbers`` is how many the line had before it was cleaned.
        """
        layout = _layout_of(plan, text, numbers) if plan is not None else None
        if layout is None and plan is not None:
            return
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[shape] = layout
