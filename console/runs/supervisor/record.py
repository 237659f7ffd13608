"""Keeping the record of a run while the disk allows it: the sample store and ``state.json``."""

from __future__ import annotations

import time
from collections.abc import Sequence

from console.errors import UserError
from console.metrics.model import Event, Sample
from console.metrics.store import SampleStore, StoreFull
from console.runs.files import write_json
from console.runs.folder import RunFolder
from console.runs.model import RunState
from console.runs.serial import plain
from console.runs.store_files import set_aside
from console.runs.supervisor.words import say

COMMIT_PERIOD = 0.1
"""Seconds between two commits; the first lines after a pause are committed at once."""

COMMIT_SAMPLES = 10_000
STATE_PERIOD = 0.5
RETRY_PERIOD = 1.0

STATE_SHARE = 0.02
"""The share of time that writing the state may take; runs of a thousand ranks have a large one."""


class Record:
    """What waits to be written, and when to write it.

    While the disk takes nothing, what waits is kept and nothing more should be read (:attr:`blocked`): the
    logs keep it. Times are monotonic seconds.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._store = self._open()
        self._samples: list[Sample] = []
        self._events: list[Event] = []
        self._offsets: dict[int, int] = {}
        self._commit_at = 0.0
        self._state_at = 0.0
        self.blocked = False
        self.state_is_behind = True

    def offsets(self) -> dict[int, int]:
        """How far each rank's log has been read into the store."""
        return self._store.offsets()

    def names(self) -> list[str]:
        """The names of the series stored so far."""
        return self._store.names()

    def events(self) -> list[Event]:
        """The events stored so far."""
        return [event for _, event in self._store.events()]

    @property
    def waiting(self) -> bool:
        """True while something is not in the store yet."""
        return bool(self._samples or self._events or self._offsets)

    def add(self, rank: int, samples: Sequence[Sample], events: Sequence[Event], offset: int) -> None:
        """Take in what was read of one rank's log up to ``offset``."""
        self._samples.extend(samples)
        self._events.extend(events)
        self._offsets[rank] = offset

    def event(self, event: Event) -> None:
        """Take in an event of the supervisor's own."""
        self._events.append(event)

    def commit(self, now: float, *, at_once: bool = False) -> bool:
        """Write what waits if it is time to; True when the store had to be made anew and all logs read
        again."""
        due = now >= self._commit_at or len(self._samples) >= COMMIT_SAMPLES or (at_once and not self.blocked)
        if not self.waiting or not due:
            return False
        try:
            self._store.append(self._samples, self._events, self._offsets)
        except StoreFull as error:
            self._commit_at = now + RETRY_PERIOD
            self._note_full(error)
            return False
        except UserError as error:
            say(f"{error} It is set aside and made anew from the logs.")
            self._start_over()
            return True
        self._commit_at = now + COMMIT_PERIOD
        self.blocked = False
        self._forget()
        return False

    def write_state(self, state: RunState, now: float, *, durable: bool = False) -> None:
        """Replace ``state.json``; while that fails :attr:`state_is_behind` stays set and the old one
        stands."""
        started = time.monotonic()
        try:
            write_json(self._folder.state_path, plain(state), durable=durable)
        except OSError as error:
            self.state_is_behind = True
            self._state_at = now + RETRY_PERIOD
            say(f"state.json was not written: {error}")
            return
        self.state_is_behind = False
        self._state_at = now + max(STATE_PERIOD, (time.monotonic() - started) / STATE_SHARE)

    def state_is_due(self, now: float) -> bool:
        """True when enough time has passed to write the state again."""
        return now >= self._state_at

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def _open(self) -> SampleStore:
        try:
            return SampleStore.open(self._folder.store_path)
        except UserError as error:
            say(f"{error} It is set aside and made anew from the logs.")
            set_aside(self._folder.store_path)
            return SampleStore.open(self._folder.store_path)

    def _note_full(self, error: StoreFull) -> None:
        if self.blocked:
            return
        self.blocked = True
        say(f"The store takes nothing more, the training goes on: {error}")
        self._events.append(Event(0, -1, time.time(), "disk_full", {"error": str(error)}))

    def _start_over(self) -> None:
        self._store.close()
        set_aside(self._folder.store_path)
        self._store = SampleStore.open(self._folder.store_path)
        self._forget()

    def _forget(self) -> None:
        self._samples, self._events, self._offsets = [], [], {}
