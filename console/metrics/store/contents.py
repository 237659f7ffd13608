"""The contents of a store as one connection sees them: its series, and their points that wait in the journal.

New points wait in a journal, one database row per append, until there are enough to be packed into chunks.
A live run appends a few points of many series several times a second; one small row costs one page of
write-ahead log where updating the last chunk of every series would cost one page or more each.
An entry is a list of segments ``series id, number of points, points...``, all 64-bit floats.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from console.metrics.store.axis import XAxis
from console.metrics.store.layout import POINT_WIDTH


@dataclass(slots=True)
class Series:
    """One metric of one rank. ``pending`` are the rows of its points that follow the ``packed`` ones.

    ``first_step`` and ``first_epoch`` are the index of the first packed point whose step or epoch is known.
    """

    id: int
    name: str
    rank: int
    packed: int = 0
    first_step: int | None = None
    first_epoch: int | None = None
    pending: array[float] = field(default_factory=lambda: array("d"))

    def first_drawable(self, axis: XAxis) -> int:
        """Index of the first packed point with a known x; the number of packed points if none has one."""
        if axis is XAxis.TIME:
            return 0
        first = self.first_step if axis is XAxis.STEP else self.first_epoch
        return self.packed if first is None else first


class Contents:
    """The series of a store, kept in step with the file.

    ``ranks`` maps a metric's name to its series by rank, in the order both were first seen; ``waiting``
    counts the points in the journal; ``folds`` how often points were packed; ``first_time`` is the time of
    the run's first sample. All methods expect to be called within a transaction.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.load()

    def load(self) -> None:
        """Read everything anew."""
        self.ranks: dict[str, dict[int, Series]] = {}
        self._by_id: dict[int, Series] = {}
        self.waiting = 0
        self._journal_read = 0
        self.folds, self.first_time = self._run_row()
        self._read_series()
        self._read_journal()

    def update(self) -> None:
        """Take in what another connection appended, and no more than that unless points were packed."""
        folds, self.first_time = self._run_row()
        if folds == self.folds:
            self._read_series()
            self._read_journal()
        else:
            self.load()

    def all(self) -> Iterator[Series]:
        """Every series."""
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def find(self, name: str, rank: int) -> Series | None:
        """The series of one metric of one rank."""
        return self.ranks.get(name, {}).get(rank)

    def add(self, name: str, rank: int) -> Series:
        """Make a new series, in the store and here."""
        cursor = self._connection.execute(
            "INSERT INTO series (name, rank, points) VALUES (?, ?, 0)", (name, rank)
        )
        assert cursor.lastrowid is not None
        return self._adopt(Series(cursor.lastrowid, name, rank))

    def write_journal(self, segments: Iterable[tuple[int, array[float]]]) -> None:
        """Add an entry for points that are in their series' ``pending`` already."""
        cursor = self._connection.execute(
            "INSERT INTO journal (data) VALUES (?)", (_journal_entry(segments),)
        )
        assert cursor.lastrowid is not None
        self._journal_read = cursor.lastrowid

    def rewrite_journal(self) -> None:
        """Replace all entries by one of the points that still wait after packing."""
        self._connection.execute("DELETE FROM journal")
        self.write_journal((series.id, series.pending) for series in self.all())
        self.waiting = sum(len(series.pending) for series in self.all()) // POINT_WIDTH
        self.folds += 1
        self._connection.execute("UPDATE run SET folds = ?", (self.folds,))

    def _adopt(self, series: Series) -> Series:
        self.ranks.setdefault(series.name, {})[series.rank] = series
        self._by_id[series.id] = series
        return series

    def _run_row(self) -> tuple[int, float | None]:
        folds, first_time = self._connection.execute("SELECT folds, first_time FROM run").fetchone()
        return folds, first_time

    def _read_series(self) -> None:
        rows = self._connection.execute(
            "SELECT id, name, rank, points, first_step, first_epoch FROM series WHERE id > ? ORDER BY id",
            (next(reversed(self._by_id), 0),),
        )
        for row in rows:
            self._adopt(Series(*row))

    def _read_journal(self) -> None:
        rows = self._connection.execute(
            "SELECT id, data FROM journal WHERE id > ? ORDER BY id", (self._journal_read,)
        )
        for self._journal_read, data in rows:
            for series, points in _segments(data):
                self._by_id[series].pending.extend(points)
                self.waiting += len(points) // POINT_WIDTH


def _journal_entry(segments: Iterable[tuple[int, array[float]]]) -> bytes:
    """One journal entry from (series id, point rows) pairs; empty ones are left out."""
    entry = array("d")
    for series, points in segments:
        if points:
            entry.append(series)
            entry.append(len(points) // POINT_WIDTH)
            entry.extend(points)
    return entry.tobytes()


def _segments(data: bytes) -> Iterator[tuple[int, array[float]]]:
    """The (series id, point rows) pairs of a journal entry."""
    entry = array("d")
    entry.frombytes(data)
    position = 0
    while position < len(entry):
        start = position + 2
        stop = start + int(entry[position + 1]) * POINT_WIDTH
        yield int(entry[position]), entry[start:stop]
        position = stop
