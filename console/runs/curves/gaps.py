"""Gaps in the record of a run: what its ranks printed and the console could not read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from console.errors import UserError
from console.i18n import Message
from console.metrics.events import EventKind
from console.metrics.samples import Event
from console.metrics.store import SampleStore
from console.runs.folder import RunFolder


class Gap(NamedTuple):
    """One gap. ``id`` stays the same while it is the same gap."""

    id: str
    message: Message
    remedy: Message


def gaps_in_record(events: Sequence[Event]) -> Iterator[Gap]:
    """The gaps that a run's events tell of, each kind once, with the first rank that has it."""
    unreadable = [event for event in events if event.kind == EventKind.LOG_UNREADABLE]
    if unreadable:
        first = unreadable[0]
        yield Gap(
            f"{EventKind.LOG_UNREADABLE}:{len(unreadable)}",
            Message.of("runs.gap_log_unreadable", rank=first.rank, error=first.detail.get("error", "–")),
            Message.of("runs.gap_log_unreadable_remedy"),
        )
    damaged = [event for event in events if event.kind == EventKind.DAMAGED_EVENTS]
    if damaged:
        yield Gap(
            EventKind.DAMAGED_EVENTS.value,
            Message.of("runs.gap_damaged_events", rank=damaged[0].rank, count=_damaged_lines(damaged)),
            Message.of("runs.gap_damaged_events_remedy"),
        )


def recorded_gaps(folder: RunFolder) -> list[Gap]:
    """The gaps in the record of a run, read from its sample store; none where there is no store to read."""
    try:
        with SampleStore.open(folder.store_path, readonly=True) as store:
            return list(gaps_in_record([event for _, event in store.events()]))
    except (UserError, sqlite3.Error):
        return []


def _damaged_lines(events: Sequence[Event]) -> int:
    """The number of lines known to be damaged, over all ranks; the events of a rank count up."""
    counts: dict[int, int] = {}
    for event in events:
        count = event.detail.get("count")
        counts[event.rank] = max(counts.get(event.rank, 0), count if isinstance(count, int) else 1)
    return sum(counts.values())
