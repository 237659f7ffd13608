"""The colour of a series: always the same one for the same rank or name, whatever else is on the chart."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from console.tui.theme import SERIES_COUNT


def rank_colour(rank: int) -> int:
    """The colour slot of a rank."""
    return rank % SERIES_COUNT


def name_colours(names: Iterable[str]) -> dict[str, int]:
    """A colour slot for every name of one chart: its hash, or the next free slot where two names meet.

    The outcome depends on the set of names alone, not on the order in which they are first seen.
    """
    slots: dict[str, int] = {}
    for name in sorted(set(names)):
        first = zlib.crc32(name.encode()) % SERIES_COUNT
        free = (slot % SERIES_COUNT for slot in range(first, first + SERIES_COUNT))
        slots[name] = next((slot for slot in free if slot not in slots.values()), first)
    return slots
