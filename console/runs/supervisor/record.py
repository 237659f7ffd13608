"""The record of a run, kept while the disk allows it: sample store, ``state.json`` and ``supervisor.log``."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from console.errors import UserError
from console.i18n import t
from console.metrics.events import EventKind
from console.metrics.samples import Event, Sample
from console.metrics.store import SampleStore, StoreFull
from console.runs.files import plain, set_aside, write_json
from console.runs.folder import RunFolder
from console.runs.state import RunState

COMMIT_PERIOD = 0.1
"""Seconds between two commits; the first lines after a pause are committed at once."""

COMMIT_SAMPLES = 10_000
STATE_PERIOD = 0.5
RETRY_PERIOD = 1.0

STATE_SHARE = 0.02
"""The share of time that writing the state may take; runs of a thousand ranks have a large one."""


class Record:
    """Samples, events and offsets waiting to be written, and the schedule of writing. Times are monotonic seconds.

    While the store takes nothing (:attr:`blocked`), what waits is kept and nothing more should be read: the
    logs keep it. Supervision never depends on whether anything can be recorded.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._store: SampleStore | None = None
        self._samples: list[Sample] = []
        self._events: list[Event] = []
        self._own_events: list[Event] = []
        self._offsets: dict[int, int] = {}
        self._commit_at = 0.0
        self._state_at = 0.0
        self.blocked = False
        self.state_is_behind = True
        self._open(0.0)

    def offsets(self) -> dict[int, int]:
        """Byte offsets by rank, up to which the logs have been read into the store."""
        return self._store.offsets() if self._store is not None else {}

    def names(self) -> list[str]:
        """The names of the series stored so far."""
        return self._store.names() if self._store is not None else []

    def events(self) -> list[Event]:
        """The events stored so far."""
        return [event for _, event in self._store.events()] if self._store is not None else []

    @property
    def waiting(self) -> bool:
        """True while something is not in the store yet."""
        return self._store is None or bool(self._samples or self._events or self._own_events or self._offsets)

    def add(self, rank: int, samples: Sequence[Sample], events: Sequence[Event], offset: int) -> None:
        """Take in what was read of one rank's log up to ``offset``."""
        self._samples.extend(samples)
        self._events.extend(events)
        self._offsets[rank] = offset

    def event(self, event: Event) -> None:
        """Take in an event of the supervisor's own."""
        self._own_events.append(event)

    def commit(self, now: float, *, at_once: bool = False) -> bool:
        """Write what waits if it is time to; True when the store was opened anew and the logs are to be read
        again from its offsets."""
        due = now >= self._commit_at or len(self._samples) >= COMMIT_SAMPLES or (at_once and not self.blocked)
        if not self.waiting or not due:
            return False
        if self._store is None:
            return self._open(now)
        try:
            self._store.append(self._samples, [*self._events, *self._own_events], self._offsets)
        except (StoreFull, UserError, sqlite3.Error, OSError) as error:
            self._note_trouble(error, now)
            return False
        self._commit_at = now + COMMIT_PERIOD
        self.blocked = False
        self._own_events = []
        self._forget_what_was_read()
        return False

    def write_state(self, state: RunState, now: float, *, durable: bool = False) -> None:
        """Replace ``state.json``; while that fails :attr:`state_is_behind` is set and the old one stands."""
        started = time.monotonic()
        try:
            write_json(self._folder.state_path, plain(state), durable=durable)
        except OSError as error:
            if not self.state_is_behind:
                say(f"state.json was not written: {error}")
            self.state_is_behind = True
            self._state_at = now + RETRY_PERIOD
            return
        self.state_is_behind = False
        self._state_at = now + max(STATE_PERIOD, (time.monotonic() - started) / STATE_SHARE)

    def state_is_due(self, now: float) -> bool:
        """True when enough time has passed to write the state again."""
        return now >= self._state_at

    def close(self) -> None:
        """Let go of the store."""
        if self._store is not None:
            self._store.close()

    def _open(self, now: float) -> bool:
        """Open the store, making it where there is none; False when that has to wait."""
        try:
            self._store = SampleStore.open(self._folder.store_path)
        except (StoreFull, UserError, sqlite3.Error, OSError) as error:
            self._note_trouble(error, now)
            return False
        self.blocked = False
        self._forget_what_was_read()
        return True

    def _forget_what_was_read(self) -> None:
        self._samples, self._events, self._offsets = [], [], {}

    def _note_trouble(self, error: Exception, now: float) -> None:
        """Try again later; a damaged store is set aside, for the next one to be made from the logs."""
        if not self.blocked:
            say(f"the store takes nothing, the training goes on: {error}")
        if isinstance(error, StoreFull) and not self.blocked:
            self.event(Event(0, -1, time.time(), EventKind.DISK_FULL, {"error": str(error)}))
        self.blocked = True
        self._commit_at = now + RETRY_PERIOD
        if isinstance(error, StoreFull):
            return
        if self._store is not None:
            self._store.close()
            self._store = None
        if isinstance(error, UserError):
            with contextlib.suppress(OSError):
                set_aside(self._folder.store_path)


def say(text: str) -> None:
    """Write one line with the time before it to standard error, which is ``supervisor.log``.

    A full disk must not end the supervisor, so it is no error here.
    """
    line = f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n"
    with contextlib.suppress(OSError):
        os.write(2, line.encode("utf-8", "replace"))


def is_gone(folder: RunFolder) -> bool:
    """True when the run folder, in which this process works, was removed or replaced.

    Nothing can be recorded then and no request can come, so the supervisor leaves. The ranks are left alone:
    nobody asked to end them.
    """
    try:
        return not os.path.samestat(folder.path.stat(), Path().stat())
    except OSError:
        return True


def leave_orphan_note(folder: RunFolder, pids: Sequence[int]) -> None:
    """Write which processes go on, if any do, into ``<run id>.orphaned.txt`` beside the place of the folder."""
    if not pids:
        return
    text = t("runs.orphaned", run=folder.run_id, pids=" ".join(map(str, pids)))
    with contextlib.suppress(OSError):
        folder.path.with_name(f"{folder.run_id}.orphaned.txt").write_text(text + "\n", "utf-8")
