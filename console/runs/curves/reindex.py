"""Building the sample store of a run anew from its logs, which are the truth."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import suppress

from console.errors import ExitCode, UserError, user_error
from console.metrics.events import EventKind
from console.metrics.ingest import IngestBatch, RankIngest, SeriesNames
from console.metrics.samples import Event
from console.metrics.store import SampleStore, StoreFull
from console.runs.adoption import observed_state
from console.runs.files import remove_store, replace_store
from console.runs.folder import RunFolder
from console.runs.processes.locks import lock_patiently

ONLY_IN_STORE = frozenset(kind for kind in EventKind if kind.only_in_store)
"""The kinds of event that stand in no log; they are carried over from the old store."""

BLOCK = 1 << 18

LOCK_PATIENCE = 2.0
"""Seconds a supervisor that has just written the end of a run may take to leave."""

Times = dict[int, dict[int, float]]
"""rank -> step -> Unix seconds."""


def reindex(folder: RunFolder) -> None:
    """Parse all logs of a run again into a new store and put that in place of the old one.

    The log does not say when a line was printed: times are taken over from the old store, by rank and step,
    where it can still be read. Raises :class:`~console.errors.UserError` while a supervisor writes the store,
    and when the new one cannot be written; the old one stays then.
    """
    try:
        lock = lock_patiently(folder.supervisor_lock_path, LOCK_PATIENCE)
    except OSError as error:
        raise _not_written(folder, str(error.strerror)) from error
    if lock is None:
        raise user_error("runs.reindex_live", run=folder.run_id)
    try:
        _rebuild(folder)
    except (OSError, StoreFull) as error:
        raise _not_written(folder, str(error)) from error
    finally:
        os.close(lock)


def _not_written(folder: RunFolder, reason: str) -> UserError:
    return user_error("runs.reindex_failed", exit_code=ExitCode.FAILED, path=folder.store_path, reason=reason)


def _rebuild(folder: RunFolder) -> None:
    times, events = _remembered(folder)
    ended = observed_state(folder).phase.final
    draft = folder.store_path.with_name(f"{folder.store_path.name}.draft")
    remove_store(draft)
    try:
        with SampleStore.open(draft) as store:
            names = SeriesNames()
            for rank in range(folder.world_size):
                for batch in _read_log(folder, rank, names, ended):
                    timed = _with_times(batch, times.get(rank, {}))
                    store.append(timed.samples, timed.events, {rank: batch.offset})
                if batch.damaged_events:
                    store.append([], [_damaged_events(folder, rank, batch)], {})
            store.append([], events, {})
        replace_store(draft, folder.store_path)
    finally:
        remove_store(draft)


def _read_log(folder: RunFolder, rank: int, names: SeriesNames, ended: bool) -> Iterator[IngestBatch]:
    ingest = RankIngest(rank, folder.log_path(rank), folder.spec().get("line_patterns", ()), names=names)
    batch = ingest.poll(BLOCK)
    while batch.more:
        yield batch
        batch = ingest.poll(BLOCK)
    yield batch
    # While the rank lives the rest of its last line is still to come.
    if ended:
        yield ingest.finish()


def _damaged_events(folder: RunFolder, rank: int, batch: IngestBatch) -> Event:
    """The event that tells how many event lines of a log, up to its last ``batch``, cannot be read."""
    written = folder.log_path(rank).stat().st_mtime
    return Event(rank, -1, written, EventKind.DAMAGED_EVENTS, {"count": batch.damaged_events})


def _with_times(batch: IngestBatch, times: Mapping[int, float]) -> IngestBatch:
    batch.samples = [
        sample._replace(time=times[sample.step]) if sample.step in times else sample
        for sample in batch.samples
    ]
    batch.events = [
        event._replace(time=times[event.step]) if event.step in times else event for event in batch.events
    ]
    return batch


def _remembered(folder: RunFolder) -> tuple[Times, list[Event]]:
    """The time of each step of each rank, and the events that stand in no log, from a store that may be damaged."""
    times: Times = {}
    events: list[Event] = []
    with suppress(UserError, sqlite3.Error), SampleStore.open(folder.store_path, readonly=True) as store:
        events = [event for _, event in store.events() if event.kind in ONLY_IN_STORE]
        for name in store.names():
            for rank in store.ranks(name):
                known = times.setdefault(rank, {})
                known.update((sample.step, sample.time) for sample in store.samples(name, rank))
    return times, events
