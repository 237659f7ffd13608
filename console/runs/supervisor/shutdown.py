"""Shutting the ranks down: asked first, then made to, process group by process group, and nothing of theirs is
left behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence

from console.runs.folder import RunFolder
from console.runs.processes.table import ProcessStat, all_processes, family, is_alive, read_stat, writes_to
from console.runs.results import result_status, stop_cause
from console.runs.spec.policy import SupervisionPolicy
from console.runs.state import Cause, Phase, ProcessId
from console.runs.supervisor.outcome import ShutdownReason, ends_in_traceback, root_cause, run_outcome
from console.runs.supervisor.rank import Rank
from console.runs.supervisor.ranks import Ranks
from console.runs.supervisor.signals import Every

KILL_PERIOD = 1.0
"""Seconds between two attempts to kill what does not die, such as a process inside a driver call."""


class Escalation:
    """SIGTERM, then SIGKILL after the grace period that the reason allows. Times are monotonic seconds."""

    def __init__(self, reason: ShutdownReason, policy: SupervisionPolicy, now: float) -> None:
        self.reason = reason
        wait = policy.leftover_seconds if reason is ShutdownReason.LEFTOVERS else 0.0
        grace = policy.grace_seconds if reason is ShutdownReason.STOP else policy.failure_grace_seconds
        self._terminate_at: float | None = None if reason is ShutdownReason.KILL else now + wait
        self._kill_at = now if reason is ShutdownReason.KILL else now + wait + grace

    def due(self, now: float) -> signal.Signals | None:
        """The signal to send now, if any: SIGTERM once, then SIGKILL again and again."""
        if now >= self._kill_at:
            self._kill_at = now + KILL_PERIOD
            self._terminate_at = None
            return signal.SIGKILL
        if self._terminate_at is not None and now >= self._terminate_at:
            self._terminate_at = None
            return signal.SIGTERM
        return None


def left_behind(ranks: Sequence[Rank], *, of_ended_ranks: bool = False) -> list[ProcessStat]:
    """Living processes that the ranks started, the ranks themselves aside; or only those of ended ranks.

    They are the members of the sessions of living ranks and all their descendants, and, because orphans of
    the ranks become children of the supervisor that started them, everything below this very process. Of a
    dead rank that another supervisor started, only what is in its session *and* writes its log is known to
    be its own: the number of the session may be somebody else's by now.
    """
    table = all_processes()
    living = {rank.process.pid for rank in ranks if rank.process is not None and is_alive(rank.process)}
    of_living = family(table, living, living)
    members = family(table, living, {*living, os.getpid()})
    for rank in ranks:
        if rank.process is not None and rank.process.pid not in living:
            session = [stat.pid for stat in table if stat.session == rank.process.pid]
            members.update(pid for pid in session if writes_to(pid, rank.log_path))
    wanted = members - of_living if of_ended_ranks else members
    return [stat for stat in table if stat.pid in wanted]


def send(number: signal.Signals, ranks: Sequence[Rank]) -> None:
    """Send a signal to the process groups of the living ranks.

    What ended ranks left behind gets it as well, since nobody else would end it; and SIGKILL goes to
    everything, since a killed rank can no longer end its own workers.
    """
    others = left_behind(ranks, of_ended_ranks=number is not signal.SIGKILL)
    for rank in ranks:
        if rank.process is not None and is_alive(rank.process):
            _signal_group(rank.process, number)
    for stat in others:
        _signal_process(stat, number)


def _signal_group(leader: ProcessId, number: signal.Signals) -> None:
    try:
        os.killpg(leader.pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _signal_process(stat: ProcessStat, number: signal.Signals) -> None:
    now = read_stat(stat.pid)
    if now is not None and now.start == stat.start:
        try:
            os.kill(stat.pid, number)
        except (ProcessLookupError, PermissionError):
            return


class Shutdown:
    """The end of one attempt. ``reason`` is why the ranks were ended while they lived, ``None`` if by
    themselves. ``now`` is monotonic seconds throughout."""

    def __init__(self, ranks: Ranks, policy: SupervisionPolicy) -> None:
        self._ranks = ranks
        self._policy = policy
        self._escalation: Escalation | None = None
        self._signalled_at: float | None = None
        self._leftovers_seen = False
        self._look_for_leftovers = Every(0.1)
        self.reason: ShutdownReason | None = None

    @property
    def signalled(self) -> bool:
        """True once the ranks were told to end, so that their ends are no failures of theirs."""
        return self.reason is not None

    def begin(self, reason: ShutdownReason, now: float) -> None:
        """End the ranks, for a reason that does not undo an earlier one: killing only hastens what is under
        way."""
        kill = reason is ShutdownReason.KILL
        if self._ranks.live and (self.reason is None or (self.reason is ShutdownReason.STOP and kill)):
            self.reason = reason
            self._signalled_at = self._signalled_at or time.time()
        under_way = None if self._escalation is None else self._escalation.reason
        if reason is not under_way and (under_way in (None, ShutdownReason.LEFTOVERS) or kill):
            self._escalation = Escalation(reason, self._policy, now)
            self.send_due(now)

    def send_due(self, now: float) -> None:
        """Send the signal that is due, if any."""
        due = self._escalation.due(now) if self._escalation is not None else None
        if due is not None:
            send(due, self._ranks.all)

    def is_over(self, now: float) -> bool:
        """True when nothing of the ended ranks is alive any more.

        What they left behind may have printed something before it went, so the logs are to be read once
        more between the last sight of it and the end.
        """
        if not self._look_for_leftovers.due(now):
            return False
        seen_before, self._leftovers_seen = self._leftovers_seen, bool(left_behind(self._ranks.all))
        if self._leftovers_seen:
            self.begin(ShutdownReason.LEFTOVERS, now)
        return not self._leftovers_seen and not seen_before

    def outcome(self, folder: RunFolder, since: float) -> tuple[Phase, Cause]:
        """The final phase and the cause, once it is over, given what the engine wrote of both after ``since``
        (Unix seconds)."""
        ranks = self._ranks.all
        for rank in ranks:
            if rank.phase is Phase.STOPPED and self._had_failed(rank):
                rank.phase = Phase.FAILED
        phase, kind = run_outcome(
            [rank.phase for rank in ranks],
            self.reason,
            result_status(folder, since),
            stop_cause(folder, since),
        )
        for rank in ranks:
            if phase is Phase.STOPPED and rank.phase is Phase.FINISHED:
                rank.phase = Phase.STOPPED
        return phase, root_cause(kind, ranks)

    def _had_failed(self, rank: Rank) -> bool:
        """True for a rank that we ended with the others while it was exiting after a traceback."""
        if self.reason is not ShutdownReason.FAILURE or rank.last_write_time() >= (self._signalled_at or 0.0):
            return False
        return ends_in_traceback(rank)
