"""Ending the ranks: first asked, then made to; and nothing of theirs is left behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from enum import Enum

from console.runs.model import ProcessId
from console.runs.policy import Policy
from console.runs.processes import ProcessStat, all_processes, family, is_alive, read_stat

KILL_PERIOD = 1.0
"""Seconds between two attempts to kill what does not die, such as a process inside a driver call."""


class Reason(Enum):
    """Why the ranks are being ended; a later member overrules an earlier one."""

    LEFTOVERS = 0
    FAILURE = 1
    STOP = 2
    KILL = 3


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


def left_behind(ranks: Sequence[ProcessId]) -> list[ProcessStat]:
    """Living processes the ranks started, the ranks themselves aside.

    They are the members of the ranks' sessions, the descendants of living ranks, and, because orphans of
    the ranks become children of the supervisor that started them, everything below this very process.
    """
    table = all_processes()
    by_pid = {stat.pid: stat for stat in table}
    alive = {rank.pid for rank in ranks if is_alive(rank)}
    # A session outlives its leader; its number is free again only when the last member is gone. A living
    # process under a dead leader's pid is therefore a stranger, and so is its session.
    sessions = {rank.pid for rank in ranks if rank.pid in alive or rank.pid not in by_pid}
    members = family(table, sessions, {*alive, os.getpid()})
    return [by_pid[pid] for pid in members]


def send(number: signal.Signals, ranks: Sequence[ProcessId]) -> None:
    """Send a signal to the process groups of the living ranks.

    What they left behind gets it as well where its rank is gone, since nobody else would end it; and
    SIGKILL goes to everything, since a killed rank can no longer end its own workers.
    """
    living = [rank for rank in ranks if is_alive(rank)]
    others = left_behind(ranks) if number is signal.SIGKILL or len(living) < len(ranks) else []
    groups = {rank.pid for rank in living}
    for rank in living:
        _signal_group(rank, number)
    for stat in others:
        if number is signal.SIGKILL or stat.group not in groups:
            _signal_process(stat, number)


def _signal_group(rank: ProcessId, number: signal.Signals) -> None:
    if is_alive(rank):
        try:
            os.killpg(rank.pid, number)
        except (ProcessLookupError, PermissionError):
            return


def _signal_process(stat: ProcessStat, number: signal.Signals) -> None:
    now = read_stat(stat.pid)
    if now is not None and now.start == stat.start:
        try:
            os.kill(stat.pid, number)
        except (ProcessLookupError, PermissionError):
            return
