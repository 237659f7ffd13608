"""Ending the ranks: first asked, then made to; and nothing of theirs is left behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from enum import Enum

from console.runs.policy import Policy
from console.runs.processes import ProcessStat, all_processes, family, is_alive, read_stat, writes_to
from console.runs.state import ProcessId
from console.runs.supervisor.rank import Rank

KILL_PERIOD = 1.0
"""Seconds between two attempts to kill what does not die, such as a process inside a driver call."""


class Reason(Enum):
    """Why the ranks are being ended."""

    LEFTOVERS = "end what the ranks left behind"
    FAILURE = "end the other ranks after a failure"
    STOP = "stop"
    KILL = "kill"


class Ending:
    """When the next signal is due. Times are monotonic seconds."""

    def __init__(self, reason: Reason, policy: Policy, now: float) -> None:
        self.reason = reason
        wait = policy.leftover_seconds if reason is Reason.LEFTOVERS else 0.0
        grace = policy.grace_seconds if reason is Reason.STOP else policy.failure_grace_seconds
        self._terminate_at: float | None = None if reason is Reason.KILL else now + wait
        self._kill_at = now if reason is Reason.KILL else now + wait + grace

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
