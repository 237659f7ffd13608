"""The line patterns of a profile: regular expressions whose group names are the fields they catch."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from console.errors import user_error
from console.metrics.canonical import CANONICAL, FRACTIONS
from console.metrics.reader.lexer import to_number
from console.metrics.reader.text import decode
from console.metrics.samples import Reading

_EXAMINED = 4096

NAMELESS_PRINTS = (
    # Darknet: batch, loss, its average, learning rate, time of the batch, images so far
    r"^\s*(?P<step>\d+): (?P<loss>-?[\d.]+|-?nan|-?inf), (?P<loss_avg>\S+) avg(?: loss)?, (?P<lr>[\d.]+) rate, "
    r"(?P<step_time>[\d.]+) seconds, (?P<images>\d+) images",
)
"""Formats that print numbers without names, which no grammar can tell apart."""

_COUNTS = frozenset(("step", "total_steps"))
_WORDS = frozenset(("phase", "throughput_unit"))
_SCALES = {"_ms": 1e-3, "_us": 1e-6, "_percent": 1e-2}


class Patterns:
    """Compiled line patterns, tried in their order.

    Group names are canonical metric names or any other; ``step_time_ms``, ``step_time_us``, ``top1_percent``
    and ``top5_percent`` convert, ``phase`` and ``throughput_unit`` catch words.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._compiled = [_compile(pattern) for pattern in patterns]

    def read(self, raw: bytes) -> Reading | None:
        """The reading of the first pattern that matches; ``None`` if none does."""
        for pattern in self._compiled:
            match = pattern.search(raw, 0, _EXAMINED)
            if match is not None:
                reading = _reading_of({k: decode(v) for k, v in match.groupdict().items() if v is not None})
                if reading is not None:
                    return reading
        return None


def _compile(pattern: str) -> re.Pattern[bytes]:
    try:
        compiled = re.compile(pattern.encode())
    except re.error as error:
        raise user_error("metrics.parse_bad_pattern", pattern=pattern, reason=str(error)) from None
    if not compiled.groupindex:
        raise user_error("metrics.parse_no_groups", pattern=pattern)
    return compiled


def _reading_of(caught: dict[str, str]) -> Reading | None:
    values: dict[str, float] = {}
    extra: dict[str, float] = {}
    for name, text in caught.items():
        value = None if name in _WORDS else _value(text)
        if value is None:
            continue
        for ending, scale in _SCALES.items():
            if name.endswith(ending):
                name, value = name.removesuffix(ending), value * scale
        if name in FRACTIONS and value > 1:
            value /= 100
        if name in _COUNTS and math.isfinite(value):
            value = int(value)
        (values if name in CANONICAL else extra)[name] = value
    if not values and not extra:
        return None
    return Reading(values, caught.get("throughput_unit"), caught.get("phase"), extra)


def _value(text: str) -> float | None:
    try:
        return to_number(text.strip())
    except ValueError:
        return None
