"""One rank as its supervisor sees it: process, log and standing."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from console.launch.plan import RankCommand
from console.metrics.ingest import IngestBatch, RankIngest, SeriesNames
from console.runs.processes.table import identify, is_alive
from console.runs.state import Phase, ProcessId, RankState
from console.runs.supervisor.spawn import spawn_rank


class Rank:
    """The mutable state of one rank.

    ``argv`` and ``environment`` are what it is started with, in full. ``child`` is the process object of a
    rank this supervisor started itself, ``None`` for one it adopted. ``log_start`` is where the current
    attempt begins in the log, and ``said`` holds the kinds of the event lines of this attempt.
    """

    def __init__(self, command: RankCommand, environment: Mapping[str, str], log_path: Path) -> None:
        self.command = command
        self.argv: Sequence[str] = command.argv
        self.environment = environment
        self.log_path = log_path
        self.process: ProcessId | None = None
        self.phase = Phase.STARTING
        self.exit_code: int | None = None
        self.signal: int | None = None
        self.ended: float | None = None
        self.last_step: int | None = None
        self.last_line_time: float | None = None
        self.log_start = 0
        self.offset = 0
        self.said: set[str] = set()
        self._damaged_events_recorded = 0
        self._child: subprocess.Popen[bytes] | None = None
        self._ingest: RankIngest | None = None
        self._size_at_rest = -1

    @property
    def number(self) -> int:
        """The rank's number."""
        return self.command.rank

    @property
    def is_live(self) -> bool:
        """True until the end of the process has been noted."""
        return self.process is not None and self.ended is None

    def forget_process(self) -> None:
        """Be as before the start, for another attempt."""
        self.process = self._child = None
        self.exit_code = self.signal = self.ended = None
        self.phase = Phase.STARTING
        self.said.clear()

    def spawn(self, argv: Sequence[str], cwd: Path, umask: int, now: float) -> None:
        """Start the process. Raises :class:`~console.runs.supervisor.spawn.StartError`."""
        self.log_start = self._log_size()
        self._child = spawn_rank(self.command, argv, self.environment, cwd, self.log_path, umask)
        # A process that has already ended and been waited for has no identity any more, and needs none.
        self.process = identify(self._child.pid) or ProcessId(self._child.pid, now)
        self.phase = Phase.RUNNING

    def adopt(self, recorded: RankState | None, process: ProcessId | None) -> None:
        """Take over a rank with the record of an earlier supervisor and the
        process that is or was this rank."""
        self.process = process
        self.phase = Phase.RUNNING
        if recorded is not None and recorded.ended is not None:
            self.phase = recorded.phase
            self.exit_code, self.signal, self.ended = recorded.exit_code, recorded.signal, recorded.ended
        if recorded is not None:
            self.last_step, self.last_line_time = recorded.last_step, recorded.last_line_time

    def exited(self, code: int | None, phase: Phase, time: float) -> None:
        """Note the end; ``code`` is the exit code or minus the signal's number,
        ``None`` when nobody could see it."""
        if self._child is not None and code is not None:
            # The process was waited for elsewhere; the object must not try again, on a pid that may be
            # somebody else's by then.
            self._child.returncode = code
        self._child = None
        self.exit_code = code if code is not None and code >= 0 else None
        self.signal = -code if code is not None and code < 0 else None
        self.phase = phase
        self.ended = time

    def has_vanished(self) -> bool:
        """True when an adopted rank has ended; a child's end is told by its exit code instead."""
        return (
            self.is_live and self._child is None and self.process is not None and not is_alive(self.process)
        )

    def has_printed(self) -> bool:
        """True when the current attempt wrote anything into the log."""
        return self._log_size() > self.log_start

    def follow_log(self, patterns: Sequence[str], offset: int, names: SeriesNames) -> None:
        """Read the log from ``offset`` on. ``names`` are those the run's series may have."""
        self._ingest = RankIngest(self.number, self.log_path, patterns, offset, names=names)
        self.offset = offset
        self._size_at_rest = -1

    def read_log(self, limit: int) -> IngestBatch | None:
        """Samples and events of the next ``limit`` bytes of the log; ``None`` when there is nothing new in it."""
        size = self._log_size()
        if self._ingest is None or size == self._size_at_rest:
            return None
        try:
            batch = self._ingest.poll(limit)
        except OSError:
            return None
        self._size_at_rest = -1 if batch.more else size
        self.offset = batch.offset
        return batch

    def note_lines(self, batch: IngestBatch, step: int | None) -> None:
        """Note what was read of the log; ``step`` is the newest one stated."""
        self.said.update(event.kind for event in batch.events)
        self.last_line_time = batch.last_line_time or self.last_line_time
        self.last_step = self.last_step if step is None else step

    def has_more_damaged_events(self, count: int) -> bool:
        """True when the ``count`` of unreadable event lines is to be recorded: the first, and whenever it has
        doubled, because a program that garbles every line must not fill the store."""
        if count < max(1, 2 * self._damaged_events_recorded):
            return False
        self._damaged_events_recorded = count
        return True

    def stop_reading(self) -> None:
        """Leave the log alone from now on."""
        self._ingest = None

    def finish_log(self) -> IngestBatch | None:
        """Samples and events of a last line without an end, to be asked for when nobody writes any more."""
        return None if self._ingest is None else self._ingest.finish()

    def state(self) -> RankState:
        """The rank as it stands in ``state.json``."""
        return RankState(
            rank=self.number,
            device=self.command.device,
            phase=self.phase,
            process=self.process,
            exit_code=self.exit_code,
            signal=self.signal,
            last_step=self.last_step,
            last_line_time=self.last_line_time,
            ended=self.ended,
        )

    def last_write_time(self) -> float:
        """The time of the last write to the log, in Unix seconds; 0 without a log."""
        try:
            return self.log_path.stat().st_mtime
        except OSError:
            return 0.0

    def _log_size(self) -> int:
        try:
            return self.log_path.stat().st_size
        except OSError:
            return 0
