"""Putting samples, events and offsets into the store, within the caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping

from console.metrics.samples import Event, Sample
from console.metrics.store.axis import XAxis
from console.metrics.store.contents import Contents
from console.metrics.store.layout import POINT_WIDTH
from console.metrics.store.pyramid import pack

PENDING_LIMIT = 4096
PENDING_PER_SERIES = 32
"""Points are packed when more wait than ``PENDING_LIMIT`` and than ``PENDING_PER_SERIES`` for each series."""


def append_samples(connection: sqlite3.Connection, contents: Contents, samples: Iterable[Sample]) -> None:
    """Add samples to their series, in the journal or, when enough wait there, packed."""
    grouped: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    for rank, step, epoch, time, name, value in samples:
        grouped[name, rank] += (step, epoch, time, value)
    if not grouped:
        return
    segments = []
    for (name, rank), flat in grouped.items():
        series = contents.find(name, rank) or contents.add(name, rank)
        points = array("d", flat)
        series.pending.extend(points)
        segments.append((series.id, points))
    if contents.first_time is None:
        contents.first_time = min(points[XAxis.TIME.column] for _, points in segments)
        connection.execute("UPDATE run SET first_time = ?", (contents.first_time,))
    contents.waiting += sum(len(points) for _, points in segments) // POINT_WIDTH
    if contents.waiting > max(PENDING_LIMIT, PENDING_PER_SERIES * len(contents)):
        for series in contents.all():
            pack(connection, series)
        contents.rewrite_journal()
    else:
        contents.write_journal(segments)


def append_events(connection: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Add events; their ids rise in the order they are given."""
    connection.executemany(
        "INSERT INTO event (rank, step, time, kind, detail) VALUES (?, ?, ?, ?, ?)",
        [
            (rank, step, time, kind, json.dumps(detail, ensure_ascii=False))
            for rank, step, time, kind, detail in events
        ],
    )


def note_offsets(connection: sqlite3.Connection, offsets: Mapping[int, int]) -> None:
    """Note how far the log of each rank was read."""
    connection.executemany("INSERT OR REPLACE INTO log_offset VALUES (?, ?)", offsets.items())
