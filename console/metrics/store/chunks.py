"""Reading rows of points and nodes out of their chunks."""

from __future__ import annotations

import sqlite3
from array import array
from collections import OrderedDict
from collections.abc import Iterator

from console.metrics.store import layout


class MissingChunk(sqlite3.DatabaseError):
    """A chunk that should be there is not, or is too short: the store is malformed."""

    def __init__(self) -> None:
        super().__init__("malformed: a chunk of the store is missing")


def read_chunk(connection: sqlite3.Connection, series: int, level: int, number: int) -> array[float]:
    """The rows of one chunk, one after the other."""
    row = connection.execute(
        "SELECT data FROM chunk WHERE key = ?", (layout.chunk_key(series, level, number),)
    ).fetchone()
    rows = array("d")
    if row is not None:
        rows.frombytes(row[0])
    return rows


class ChunkReader:
    """Chunks of a store, with the most recently used ones kept in memory (at most ``capacity``, 10 kB each).

    A chunk only ever grows, so one that is kept is good as long as it holds the rows asked for.
    """

    def __init__(self, connection: sqlite3.Connection, capacity: int = 1024) -> None:
        self._connection = connection
        self._capacity = capacity
        self._kept: OrderedDict[tuple[int, int, int], array[float]] = OrderedDict()

    def parts(self, series: int, level: int, first: int, stop: int) -> Iterator[tuple[int, array[float]]]:
        """Rows ``first`` to ``stop`` of a level as (index of the first row, rows) pairs, one per chunk."""
        size, width = layout.rows_per_chunk(level), layout.row_width(level)
        while first < stop:
            number, offset = divmod(first, size)
            end = min(stop, (number + 1) * size)
            rows = self._chunk(series, level, number, (end - number * size) * width)
            yield first, rows[offset * width : (end - number * size) * width]
            first = end

    def row(self, series: int, level: int, index: int) -> array[float]:
        """One row of a level."""
        ((_, row),) = self.parts(series, level, index, index + 1)
        return row

    def _chunk(self, series: int, level: int, number: int, length: int) -> array[float]:
        key = (series, level, number)
        rows = self._kept.get(key)
        if rows is None or len(rows) < length:
            rows = read_chunk(self._connection, series, level, number)
            if len(rows) < length:
                raise MissingChunk
            self._kept[key] = rows
            if len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return rows
