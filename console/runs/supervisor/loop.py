"""The supervisor's turn: take note of what happened, do what is due, write it down."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence

from console.i18n import t
from console.metrics.canonical import EVALUATION_PREFIX
from console.metrics.events import EventKind
from console.metrics.ingest import IngestBatch, SeriesNames
from console.metrics.samples import Event
from console.runs.checkpoints import list_checkpoints
from console.runs.requests import ENDING, Action, ControlRequest, Inbox, read_requests
from console.runs.results import result_status
from console.runs.state import Cause, CauseKind, Phase, RunState
from console.runs.supervisor.live_state import LiveState, StallWatch, newest_step
from console.runs.supervisor.outcome import ShutdownReason, ends_in_traceback, phase_without_code
from console.runs.supervisor.rank import Rank
from console.runs.supervisor.ranks import Ranks
from console.runs.supervisor.record import RETRY_PERIOD, Record, is_gone, leave_orphan_note, say
from console.runs.supervisor.shutdown import Shutdown
from console.runs.supervisor.signals import Every, Signals
from console.runs.supervisor.spawn import USAGE_EXIT, StartError

BUSY_PERIOD = 0.05
"""Seconds between two looks at the logs while lines arrive."""

IDLE_PERIOD = 0.2
IDLE_AFTER = 2.0


class Supervisor:
    """One run, from its start or adoption to its end."""

    def __init__(self, state: LiveState, ranks: Ranks, record: Record, signals: Signals) -> None:
        self._job = state.job
        self._folder = state.job.folder
        self._state = state
        self._ranks = ranks
        self._record = record
        self._signals = signals
        self._inbox = Inbox(self._folder)
        self._stop_requested = False
        self._unjudged: list[Rank] = []
        self._caught_up = False
        self._look_for_vanished = Every(0.5)
        self._look_for_folder = Every(1.0)
        self._heartbeat = Every(10.0)
        self._new_attempt(time.time())

    def _new_attempt(self, started: float) -> None:
        now = time.monotonic()
        self._attempt_started = started
        self._shutdown = Shutdown(self._ranks, self._job.policy)
        self._stall = StallWatch(self._job.policy, now)
        self._last_news = now
        self._has_steps = False

    # Beginning

    def start(self) -> None:
        """Start every rank.

        Raises ``OSError`` when the run cannot be recorded: nothing was started then. Raises
        :class:`StartError` when a rank cannot be started; :meth:`run` then ends those that were.
        """
        self._write_state()
        if self._record.state_is_behind:
            raise OSError(f"{self._folder.state_path} cannot be written")
        self._follow_logs()
        self._spawn(self._ranks.commands())

    def adopt(self, state: RunState | None) -> None:
        """Take over from an earlier supervisor, which left ``state``, with the ranks that were found."""
        if state is not None:
            self._state.restore(state)
        processes = self._ranks.processes()
        self._attempt_started = min((one.created for one in processes), default=self._job.created)
        self._follow_logs()
        self._unjudged = self._ranks.note_lost(time.time())
        self._event(EventKind.ADOPTED, {"alive": [rank.number for rank in self._ranks.all if rank.is_live]})
        say(f"adopted: {self._ranks.describe()}")
        if any(rank.phase is Phase.FAILED for rank in self._ranks.all):
            self._shut_down_after_failure()
        elif self._state.phase is Phase.STOPPING:
            self._end(ShutdownReason.STOP)
        elif self._state.phase is Phase.STARTING:
            self._state.enter(Phase.RUNNING)
        self._commit(time.monotonic())
        self._write_state()

    def _spawn(self, commands: Mapping[int, Sequence[str]]) -> None:
        try:
            self._ranks.spawn(commands, self._job.cwd, self._job.umask, time.time())
        except StartError as failure:
            self._state.cause = Cause(CauseKind.START_FAILED, failure.rank, str(failure))
            self._shut_down_after_failure()
            raise
        say(f"attempt {self._state.attempt}: {self._ranks.describe()}")
        self._state.started = self._state.started or time.time()
        self._state.enter(Phase.RUNNING)
        self._write_state()

    def _follow_logs(self) -> None:
        names = SeriesNames(self._record.names())
        self._ranks.follow_logs(self._job.line_patterns, self._record.offsets(), names)
        for event in self._record.events():
            if event.time >= self._attempt_started:
                self._ranks.all[event.rank].said.add(event.kind)

    # Taking turns

    def run(self) -> None:
        """Take turns until the run has ended and the record says so, or nothing can be recorded any more."""
        while not self._turn(time.monotonic()):
            self._signals.wait(self._pause(time.monotonic()))
        self._record.close()

    def _turn(self, now: float) -> bool:
        for rank in self._ranks.note_exits(self._signals.take_exits(), self._shutdown.signalled):
            self._note_end(rank)
        if self._look_for_vanished.due(now):
            self._unjudged += self._ranks.note_vanished(time.time())
        self._take_requests()
        self._shutdown.send_due(now)
        self._read_logs(now)
        self._watch_for_stall(now)
        if self._caught_up and self._unjudged:
            self._judge_unseen_ends()
        if self._caught_up and not self._ranks.live and not self._state.phase.final:
            self._settle(now)
        self._commit(now)
        self._keep_state(now)
        if self._look_for_folder.due(now) and is_gone(self._folder):
            leave_orphan_note(self._folder, self._ranks.living_pids())
            return True
        return self._state.phase.final and not self._record.state_is_behind

    def _pause(self, now: float) -> float:
        """Seconds to sleep: none while log is waiting to be read."""
        if self._record.blocked or self._state.phase.final:
            return RETRY_PERIOD
        if not self._caught_up:
            return 0.0
        busy = self._shutdown.signalled or not self._ranks.live or now - self._last_news < IDLE_AFTER
        return BUSY_PERIOD if busy else IDLE_PERIOD

    def _take_requests(self) -> None:
        if self._signals.take_stop():
            self._end(ShutdownReason.STOP)
        for request in self._inbox.take():
            self._answer(request)

    def _answer(self, request: ControlRequest) -> None:
        if request.action in ENDING:
            # Done again by a supervisor that adopts the run: the earlier one may have died over it.
            self._state.progress.answer(request.id, t("runs.ack_ending"))
            self._end(ShutdownReason.STOP if request.action is Action.STOP else ShutdownReason.KILL)
        elif self._job.engine is None:
            self._state.progress.answer(request.id, t("runs.refused_external"), granted=False)
            self._state.urgent = True

    def _end(self, reason: ShutdownReason) -> None:
        say(f"asked to {reason.value}")
        self._stop_requested = True
        self._shutdown.begin(reason, time.monotonic())
        if self._shutdown.signalled and not self._state.phase.final:
            self._state.enter(Phase.STOPPING)

    # Logs

    def _read_logs(self, now: float) -> None:
        if self._record.blocked:
            # What is read but cannot be stored would have to be kept in memory; the log keeps it anyway.
            self._caught_up = False
            return
        for rank, batch in self._ranks.read_logs():
            self._take_in(rank, batch, now)
        self._caught_up = self._ranks.are_read
        for rank, defect in self._ranks.take_defects():
            self._event(EventKind.LOG_UNREADABLE, {"error": defect}, rank)

    def _take_in(self, rank: Rank, batch: IngestBatch, now: float) -> None:
        self._record.add(rank.number, batch.samples, batch.events, batch.offset)
        self._state.progress.read(batch)
        step = newest_step(batch.samples)
        advances = not self._has_steps or step not in (None, rank.last_step)
        if advances or any(sample.name.startswith(EVALUATION_PREFIX) for sample in batch.samples):
            self._note_progress(now)
        self._has_steps = self._has_steps or step is not None
        rank.note_lines(batch, step)
        self._last_news = now
        self._state.changed = True
        if rank.has_more_damaged_events(batch.damaged_events):
            self._event(EventKind.DAMAGED_EVENTS, {"count": batch.damaged_events}, rank)

    def _commit(self, now: float, *, at_once: bool = False) -> None:
        if self._record.commit(now, at_once=at_once):
            self._follow_logs()
            self._caught_up = False

    def _note_progress(self, now: float) -> None:
        if self._stall.progress(now):
            self._state.note_stall(False)
            self._event(EventKind.RESUMED_PROGRESS, {})

    def _watch_for_stall(self, now: float) -> None:
        silence = self._stall.check(now) if self._state.phase is Phase.RUNNING else None
        if silence is not None:
            self._state.note_stall(True)
            self._event(
                EventKind.STALLED, {"seconds": round(silence, 1), "limit": round(self._stall.limit, 1)}
            )

    # Ends

    def _shut_down_after_failure(self) -> None:
        self._shutdown.begin(ShutdownReason.FAILURE, time.monotonic())
        self._state.enter(Phase.STOPPING)

    def _note_end(self, rank: Rank) -> None:
        detail = {"exit_code": rank.exit_code, "signal": rank.signal, "printed": rank.has_printed()}
        self._event(EventKind.RANK_EXIT, detail, rank)
        say(f"rank {rank.number} ended: {detail}")
        self._state.urgent = True
        if rank.phase is Phase.FAILED:
            self._shut_down_after_failure()

    def _judge_unseen_ends(self) -> None:
        """Judge the ranks whose exit code nobody could collect, now that all they printed has been read."""
        unjudged, self._unjudged = self._unjudged, []
        status = result_status(self._folder, self._attempt_started)
        for rank in unjudged:
            traceback = ends_in_traceback(rank)
            rank.phase = phase_without_code(rank.said, status, self._shutdown.signalled, traceback)
            self._note_end(rank)

    def _settle(self, now: float) -> None:
        """Every rank has ended and every log is read: see that nothing else lives, then close or start again."""
        if not self._shutdown.is_over(now):
            return
        for rank, batch in self._ranks.finish_logs():
            self._take_in(rank, batch, now)
        self._commit(now, at_once=True)
        if self._record.waiting or not self._caught_up:
            return
        phase, cause = self._shutdown.outcome(self._folder, self._attempt_started)
        if phase is Phase.FAILED and self._may_restart(cause):
            self._restart(cause)
            return
        self._state.cause = self._state.cause or cause
        self._state.progress.refuse_rest(read_requests(self._folder), t("runs.refused_ended"))
        say(f"{phase.value}: {cause}")
        self._state.ended = time.time()
        self._state.stalled = False
        self._state.enter(phase)

    def _may_restart(self, cause: Cause) -> bool:
        if self._stop_requested or self._state.cause is not None:
            return False
        code = None if cause.rank is None else self._ranks.all[cause.rank].exit_code
        if self._job.engine is not None and code == USAGE_EXIT:
            return False
        return self._state.attempt <= self._job.restarts and self._ranks.can_start_again

    def _restart(self, cause: Cause) -> None:
        checkpoints = list_checkpoints(self._folder) if self._job.engine is not None else []
        newest = checkpoints[-1] if checkpoints else None
        self._state.attempt += 1
        origin = {"checkpoint": str(newest.path), "step": newest.step} if newest else {}
        failure = {"failed_rank": cause.rank, "line": cause.line}
        self._event(EventKind.RESTART, {"attempt": self._state.attempt, **failure, **origin})
        self._state.stalled = False
        self._state.enter(Phase.STARTING)
        self._new_attempt(time.time())
        self._ranks.forget_processes()
        self._write_state()
        with contextlib.suppress(StartError):
            self._spawn(self._ranks.commands(newest.path if newest else None))

    # Record

    def _event(self, kind: EventKind, detail: Mapping[str, object], rank: Rank | None = None) -> None:
        step = self._state.progress.last.get("step", -1) if rank is None else rank.last_step
        number = 0 if rank is None else rank.number
        self._record.event(Event(number, -1 if step is None else int(step), time.time(), kind, detail))

    def _keep_state(self, now: float) -> None:
        if self._heartbeat.due(now):
            self._state.changed = True
        if self._state.urgent or (self._state.changed and self._record.state_is_due(now)):
            self._write_state()

    def _write_state(self) -> None:
        durable, self._state.urgent = self._state.urgent or self._state.phase.final, False
        self._record.write_state(self._state.state(self._ranks), time.monotonic(), durable=durable)
        self._state.changed = self._record.state_is_behind
