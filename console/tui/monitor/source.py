"""Reading a run folder for the monitor: everything that touches files, off the event loop, in one thread."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

from console.catalog.profile import Backend
from console.errors import UserError
from console.runs.adoption import observed_state
from console.runs.folder import RunFolder
from console.runs.state import RunState
from console.tui.monitor.alerts import alerts_of
from console.tui.monitor.charts.feed import CurveFeed
from console.tui.monitor.facts import facts_of
from console.tui.monitor.log.sources import RunLogs
from console.tui.monitor.progress import Pace, remaining_seconds
from console.tui.monitor.ranks.npu_meter import NpuMeter
from console.tui.monitor.ranks.process_meter import ProcessMeter, ProcessUse
from console.tui.monitor.ranks.rows import readings_of
from console.tui.monitor.snapshot import Latest, Snapshot, View

LIVE_PERIOD = 0.25
"""Seconds between two looks at a live run: a ``stat`` of state and logs, one question to the store."""

QUIET_PERIOD = 0.3
"""The same once nothing has changed for :data:`QUIET_AFTER` seconds."""

QUIET_AFTER = 10.0
RANKS_PER_PERIOD = 128
"""Runs of more ranks, each with a log to look at, are looked at more rarely in proportion."""

ENDED_PERIOD = 2.0
SLOW_PERIOD = 2.0
"""Seconds between two looks at which processes live and what they cost."""

FRESH_NAMES = ("loss", "total_loss", "throughput")
"""Figures read from the store at every look; the others are as new as ``state.json``."""


class MonitorSource:
    """The reader of one run's folder. ``read`` is called from one thread; ``logs`` may be read from another."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.facts = facts_of(folder)
        self.logs = RunLogs({rank: folder.log_path(rank) for rank in range(max(self.facts.world_size, 1))})
        self._curves = CurveFeed(folder)
        self._processes = ProcessMeter()
        self._npus = NpuMeter()
        self._npu_reading = self._npus.reading
        self._pace = Pace()
        self._state: RunState | None = None
        self._state_time: int | None = None
        self._slow_due = 0.0
        self._version: int | None = None
        self._fresh: dict[str, float] = {}
        self._usage: Mapping[int, ProcessUse] = {}
        self._result: dict[str, Any] | None = None
        self._changed_at = 0.0
        self.trouble: UserError | None = None
        self._log_version: tuple[int | None, int] | None = None

    @property
    def period(self) -> float:
        """Seconds to wait before the next :meth:`read`."""
        if self._state is not None and self._state.phase.final:
            return ENDED_PERIOD
        period = QUIET_PERIOD if time.monotonic() - self._changed_at > QUIET_AFTER else LIVE_PERIOD
        return period * max(1.0, self.facts.world_size / RANKS_PER_PERIOD)

    def close(self) -> None:
        """Let go of the files."""
        self._curves.close()
        self._npus.close()

    def read(self, view: View, asked: Collection[str] = ()) -> Snapshot | None:
        """Everything as it stands now; ``None`` when nothing has changed since the last time.

        ``asked`` are the ids of the requests this console made. :attr:`trouble` says afterwards why there may be
        no curves.
        """
        changed = self._read_state()
        changed |= self._read_npus()
        news = self._read_log(view.rank) | self._read_curves(view)
        if news:
            self._changed_at = time.monotonic()
        return self._snapshot(view, asked) if changed or news else None

    def _read_curves(self, view: View) -> bool:
        final = self._state is not None and self._state.phase.final
        try:
            changed = self._read_newest() | self._curves.read(view, self.facts, final)
        except UserError as error:
            self.trouble = error
            return False
        self.trouble = None
        return changed

    def _read_state(self) -> bool:
        now = time.monotonic()
        try:
            written: int | None = self.folder.state_path.stat().st_mtime_ns
        except OSError:
            written = None
        if written == self._state_time and now < self._slow_due:
            return False
        before = (self._state, self._usage, self._result)
        if now >= self._slow_due:
            self._slow_due = now + SLOW_PERIOD
            self._usage = self._processes.read(self._state.ranks if self._state else ())
        self._state, self._state_time = observed_state(self.folder), written
        step = self._state.last.get("step")
        if step is not None:
            self._pace.note(self._state.updated, step)
        if self._state.phase.final:
            self._result = self.folder.result()
        return before != (self._state, self._usage, self._result)

    def _read_newest(self) -> bool:
        version = self._curves.version
        if version == self._version:
            return False
        self._version = version
        self._fresh = self._curves.newest(FRESH_NAMES)
        return True

    def _read_log(self, rank: int | None) -> bool:
        before, self._log_version = self._log_version, (rank, self.logs.source(rank).refresh())
        return self._log_version != before

    def _read_npus(self) -> bool:
        if self.facts.backend != Backend.NPU or (self._state is not None and self._state.phase.final):
            return False
        self._npus.start()
        before, self._npu_reading = self._npu_reading, self._npus.reading
        return before is not self._npu_reading

    def _snapshot(self, view: View, asked: Collection[str]) -> Snapshot:
        state, curves = self._state, self._curves
        ranks = readings_of(state, curves.by_rank, self._usage)
        refusals = {
            request: state.acknowledged.get(request, "")
            for request in asked
            if state is not None and request in state.refused
        }
        return Snapshot(
            facts=self.facts,
            view=view,
            state=state,
            latest=self._latest(),
            ranks=ranks,
            npus=self._npu_reading,
            charts=curves.charts,
            chart_keys=curves.keys,
            pages=curves.pages,
            alerts=alerts_of(state, curves.events, ranks, refusals),
            result=self._result,
            log_version=self._log_version,
        )

    def _latest(self) -> Latest:
        state = self._state
        if state is None:
            return Latest()
        values = {**state.last, **self._fresh}
        return Latest(
            values=values,
            loss_trend=self._curves.loss_trend,
            eta=remaining_seconds(state, self._pace),
            overflows=self._curves.overflows,
            checkpoint_time=self._curves.checkpoint_time,
        )
