"""New points wait in a journal, one database row per append, until there are enough to be packed into chunks.

A live run appends a few points of many series several times a second; one small row costs one page of
write-ahead log where updating the last chunk of every series would cost one page or more each.
An entry is a list of segments ``series id, number of points, points...``, all 64-bit floats.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

from console.metrics.store.layout import POINT_WIDTH


def pack(segments: Iterable[tuple[int, array[float]]]) -> bytes:
    """One journal entry from (series id, point rows) pairs; empty ones are left out."""
    entry = array("d")
    for series, points in segments:
        if points:
            entry.append(series)
            entry.append(len(points) // POINT_WIDTH)
            entry.extend(points)
    return entry.tobytes()


def unpack(data: bytes) -> Iterator[tuple[int, array[float]]]:
    """The (series id, point rows) pairs of a journal entry."""
    entry = array("d")
    entry.frombytes(data)
    position = 0
    while position < len(entry):
        start = position + 2
        stop = start + int(entry[position + 1]) * POINT_WIDTH
        yield int(entry[position]), entry[start:stop]
        position = stop
