"""The sample store of one run: one writer, many readers, answers whose cost does not grow with the run."""

from __future__ import annotations

import json
import sqlite3
import threading
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from console.metrics.samples import Bucket, Event, Sample
from console.metrics.store.appending import append_events, append_samples, note_offsets
from console.metrics.store.axis import XAxis
from console.metrics.store.bucketing import band, bucketise, ordered
from console.metrics.store.chunks import ChunkReader
from console.metrics.store.contents import Contents
from console.metrics.store.database import open_for_reading, open_for_writing, sqlite_errors
from console.metrics.store.layout import POINT_WIDTH, POINTS_PER_CHUNK
from console.metrics.store.query import PieceCache, SeriesQuery, Window
from console.metrics.store.smoothing import nearest_weight

TOLERANCE = 1.0
"""The greatest distance, in columns, between points of a node that is drawn in the column of its last point."""

BAND_COLUMNS = 8192
"""Columns times ranks beyond which the tolerance of a band grows with the number of ranks."""


class SampleStore:
    """Samples, events and log offsets of one run in one SQLite file.

    One process writes, any number read at the same time; a reader sees whole appends only. An object
    may be used from several threads, which then wait for each other.

    Every method raises a ``UserError`` that names the file and the way out when the store turns out to be
    damaged, and :meth:`open` also when it is missing or newer than this program.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._lock = threading.RLock()
        self._chunks = ChunkReader(connection)
        self._pieces = PieceCache()
        self._appends = 0
        self._stale = False
        with sqlite_errors(path), self._transaction("BEGIN"):
            self._seen = self._data_version()
            self._contents = Contents(connection)

    @classmethod
    def open(cls, path: Path | str, *, readonly: bool = False) -> SampleStore:
        """Open the store at ``path``; the writer makes it when there is none."""
        path = Path(path)
        connection = open_for_reading(path) if readonly else open_for_writing(path)
        try:
            return cls(path, connection)
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> SampleStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, samples: Iterable[Sample], events: Iterable[Event], offsets: Mapping[int, int]) -> None:
        """Add samples and events and note how far the log of each rank was read: all of it or nothing.

        Whenever the writer dies, the store holds what the log bytes before its offsets state, each
        thing once. Raises :class:`StoreFull` when the disk takes no more; nothing was added then, and the
        same call may be made again once there is room.
        """
        with self._lock:
            try:
                with sqlite_errors(self._path), self._transaction("BEGIN IMMEDIATE"):
                    self._catch_up()
                    append_samples(self._connection, self._contents, samples)
                    append_events(self._connection, events)
                    note_offsets(self._connection, offsets)
            except BaseException:
                self._stale = True
                raise
            self._appends += 1

    def names(self) -> list[str]:
        """The metrics that have a sample, in the order they first appeared."""
        with self._snapshot() as contents:
            return list(contents.ranks)

    def ranks(self, name: str) -> list[int]:
        """The ranks that have a sample of ``name``, ascending."""
        with self._snapshot() as contents:
            return sorted(contents.ranks.get(name, ()))

    def series(
        self,
        name: str,
        rank: int | None,
        x_axis: XAxis,
        width: int,
        *,
        x_range: tuple[float, float] | None = None,
        smoothing: float = 0.0,
    ) -> list[Bucket]:
        """A metric drawn into ``width`` columns over ``x_range`` (both ends included; ``None``: all of it).

        Answers one bucket per column that has a point, from left to right. Together the buckets cover
        each point in the range once. Where columns have many points, some within a column's breadth left
        of a border may count for the column right of it.

        *Unknown x*: a point without a step (or epoch) is drawn at that of the point before it; points before
        the first known one are not drawn on that axis.
        *x that jumps back*, as after a restart from a checkpoint: a column shows the extremes of all passes,
        and the last and smooth value of the latest. Several points with the same x are one column's points.
        *Smoothing*: the exponential average with the weight of ``SMOOTHING_WEIGHTS`` nearest to the one
        asked for, over all finite points of the series in the order they came, whatever range is drawn.
        *All ranks* (``rank`` is ``None``): extremes over all ranks; ``last`` and ``smooth`` are means over
        the ranks with a value in the column. Beyond about 70 ranks at 120 columns the band gets coarser.
        """
        weight = nearest_weight(smoothing)
        width = max(1, width)
        with self._snapshot() as contents:
            ranks = contents.ranks.get(name, {})
            chosen = list(ranks.values()) if rank is None else [ranks[rank]] if rank in ranks else []
            queries = [SeriesQuery(self._chunks, self._pieces, series, x_axis, weight) for series in chosen]
            origin = (contents.first_time or 0.0) if x_axis is XAxis.TIME else 0.0
            limits = _extent(queries) if x_range is None else (x_range[0] + origin, x_range[1] + origin)
            if limits is None:
                return []
            coarseness = max(1.0, len(queries) * width / BAND_COLUMNS)
            window = Window(*limits, (limits[1] - limits[0]) / width * TOLERANCE * coarseness)
            drawn = [bucketise(query.pieces(window), window, width) for query in queries]
        return ordered(drawn[0] if len(drawn) == 1 else band(drawn), origin)

    def samples(self, name: str, rank: int) -> Iterator[Sample]:
        """Every sample of a metric of one rank in the order they were appended, read bit by bit."""
        with self._snapshot() as contents:
            series = contents.find(name, rank)
            if series is None:
                return
            packed, pending = series.packed, series.pending[:]
        for start in range(0, packed, POINTS_PER_CHUNK):
            with self._snapshot():
                parts = self._chunks.parts(series.id, 0, start, min(start + POINTS_PER_CHUNK, packed))
                ((_, rows),) = parts
            yield from _samples(series.name, series.rank, rows)
        yield from _samples(series.name, series.rank, pending)

    def last(self, name: str, rank: int) -> Sample | None:
        """The newest sample of a metric of one rank, finite or not."""
        with self._snapshot() as contents:
            series = contents.find(name, rank)
            if series is None:
                return None
            row = series.pending[-POINT_WIDTH:] or self._chunks.row(series.id, 0, series.packed - 1)
            return next(_samples(name, rank, row))

    def events(self, after_id: int = 0) -> list[tuple[int, Event]]:
        """The events with an id above ``after_id``, in order, each with its id."""
        with self._snapshot():
            rows = self._connection.execute(
                "SELECT id, rank, step, time, kind, detail FROM event WHERE id > ? ORDER BY id", (after_id,)
            ).fetchall()
        return [
            (number, Event(rank, step, time, kind, json.loads(detail)))
            for number, rank, step, time, kind, detail in rows
        ]

    def offsets(self) -> dict[int, int]:
        """The bytes of each rank's log that were read."""
        with self._snapshot():
            return dict(self._connection.execute("SELECT rank, offset FROM log_offset").fetchall())

    def version(self) -> int:
        """A number that changes whenever something was appended; cheap enough to ask many times a second."""
        with self._lock, sqlite_errors(self._path):
            return self._data_version() + self._appends

    def _data_version(self) -> int:
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(version)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        self._connection.execute(begin)
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # SQLite has rolled back by itself after some errors, a full disk among them.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _snapshot(self) -> Iterator[Contents]:
        """A read transaction with the contents as of now."""
        with self._lock, sqlite_errors(self._path), self._transaction("BEGIN"):
            self._catch_up()
            yield self._contents

    def _catch_up(self) -> None:
        """Take in what other connections committed, and undo what a failed append left in memory."""
        version = self._data_version()
        stale, self._stale = self._stale, True
        if stale:
            self._contents.load()
        elif version != self._seen:
            self._contents.update()
        self._stale = False
        self._seen = version


def _extent(queries: Sequence[SeriesQuery]) -> tuple[float, float] | None:
    extents = [extent for query in queries if (extent := query.extent()) is not None]
    if not extents:
        return None
    return min(low for low, _ in extents), max(high for _, high in extents)


def _samples(name: str, rank: int, rows: array[float]) -> Iterator[Sample]:
    for index in range(0, len(rows), POINT_WIDTH):
        step, epoch, time, value = rows[index : index + POINT_WIDTH]
        yield Sample(rank, int(step), epoch, time, name, value)
