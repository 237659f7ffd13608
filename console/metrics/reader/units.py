"""Units behind numbers and inside names: ``samples/sec``, ``s/it``, ``ms``, ``tokens per second``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from console.metrics.reader.vocabulary import QUANTITIES, TAGS, word_set

SECONDS = {
    "seconds": 1.0,
    "milliseconds": 1e-3,
    "microseconds": 1e-6,
    "nanoseconds": 1e-9,
    "minutes": 60.0,
    "hours": 3600.0,
}
_FOREIGN = word_set("foreign_units")
RATES: dict[str, str | None] = {
    "fps": "fps",
    "ips": None,
    "wps": "words/s",
    "tps": "tokens/s",
    "tgs": "tokens/s",
    "ups": "steps/s",
}
"""Abbreviations that are name and unit at once, with the normalised unit of those that tell it."""


class Unit(NamedTuple):
    """A unit of measurement. ``kind``: ``rate`` (things per second), ``duration``, ``step_time`` (time per
    step), ``item_time`` (per sample), ``epoch_time`` or ``foreign``.

    ``factor`` turns the number into seconds or per second; ``name`` is the normalised unit of a rate.
    """

    kind: str
    factor: float = 1.0
    name: str | None = None


FOREIGN = Unit("foreign")


def parse_unit(words: Sequence[str]) -> Unit | None:
    """The unit spelled by ``words`` (``/`` for "per") from first to last; ``None`` when they are not a unit."""
    plain = [word for word in words if TAGS.get(word) != "device" or word in QUANTITIES]
    while len(plain) > 2 and plain[-1] == "/":
        plain.pop()
    parts = [word for word in plain if word != "/"]
    tags = [TAGS.get(word, "") for word in parts]
    if not parts or plain.count("/") < len(parts) - 1 or (len(parts) == 1 and plain[-1] == "/"):
        return None
    if len(parts) == 1:
        return _single(plain, parts[0], tags[0])
    if len(parts) == 2:
        return _ratio(parts, tags)
    return None


def _single(plain: Sequence[str], word: str, tag: str) -> Unit | None:
    if tag in SECONDS:
        if plain[0] == "/":
            return Unit("rate", 1.0 / SECONDS[tag])
        return Unit("duration", SECONDS[tag])
    if word in RATES:
        return Unit("rate", 1.0, RATES[word])
    return FOREIGN if word in _FOREIGN else None


def _ratio(parts: Sequence[str], tags: Sequence[str]) -> Unit | None:
    (first, second), (first_tag, second_tag) = parts, tags
    if second_tag in SECONDS:
        if first in _FOREIGN:
            return FOREIGN
        quantity = _quantity(first)
        if quantity is None:
            return None
        name = "it/s" if first in ("it", "its") else f"{quantity}/s"
        return Unit("rate", 1.0 / SECONDS[second_tag], name)
    if first_tag in SECONDS:
        quantity = _quantity(second)
        if quantity is not None:
            return Unit("step_time" if quantity == "steps" else "item_time", SECONDS[first_tag])
        if second_tag in ("epoch", "epochs"):
            return Unit("epoch_time", SECONDS[first_tag])
    return None


def _quantity(word: str) -> str | None:
    known = QUANTITIES.get(word)
    if known is not None or len(word) < 5:
        return known
    for other, quantity in QUANTITIES.items():
        if len(other) == len(word) and sum(a != b for a, b in zip(word, other, strict=True)) == 1:
            return quantity
    return None


def find_unit(words: Sequence[str]) -> Unit | None:
    """The first unit with a ``/`` that stands anywhere inside ``words``, as in ``Speed samples/sec``."""
    for position, word in enumerate(words):
        if word != "/":
            continue
        for first in range(max(0, position - 2), position + 1):
            for end in range(len(words), position + 1, -1):
                unit = parse_unit(words[first:end])
                if unit is not None:
                    return unit
    return None
