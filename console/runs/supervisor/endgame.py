"""Ending a run: who asked for it, which signal is due, whether anything is left, and what it amounts to."""

from __future__ import annotations

import time

from console.runs.last_words import LastWords, last_words
from console.runs.policy import Policy
from console.runs.state import Cause, Phase
from console.runs.supervisor.ending import Ending, Reason, left_behind, send
from console.runs.supervisor.every import Every
from console.runs.supervisor.rank import Rank
from console.runs.supervisor.ranks import Ranks
from console.runs.supervisor.verdict import verdict


class Endgame:
    """The end of one attempt. ``reason`` is why the ranks were ended while they lived, ``None`` if by
    themselves. ``now`` is monotonic seconds throughout."""

    def __init__(self, ranks: Ranks, policy: Policy) -> None:
        self._ranks = ranks
        self._policy = policy
        self._ending: Ending | None = None
        self._signalled_at: float | None = None
        self._leftovers_seen = False
        self._look_for_leftovers = Every(0.1)
        self.reason: Reason | None = None

    @property
    def signalled(self) -> bool:
        """True once the ranks were told to end, so that their ends are no failures of theirs."""
        return self.reason is not None

    def begin(self, reason: Reason, now: float) -> None:
        """End the ranks, for a reason that does not undo an earlier one:
        killing only hastens what is under way."""
        if self._ranks.live and (self.reason is None or (self.reason, reason) == (Reason.STOP, Reason.KILL)):
            self.reason = reason
            self._signalled_at = self._signalled_at or time.time()
        under_way = None if self._ending is None else self._ending.reason
        if reason is not under_way and (under_way in (None, Reason.LEFTOVERS) or reason is Reason.KILL):
            self._ending = Ending(reason, self._policy, now)
            self.send_due(now)

    def send_due(self, now: float) -> None:
        """Send the signal that is due, if any."""
        due = self._ending.due(now) if self._ending is not None else None
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
            self.begin(Reason.LEFTOVERS, now)
        return not self._leftovers_seen and not seen_before

    def outcome(self, result_status: str | None, stop_cause: str) -> tuple[Phase, Cause]:
        """The final phase and the cause, once it is over, given what the engine says of both."""
        words = {rank.number: words_of(rank) for rank in self._ranks.all if rank.phase is not Phase.FINISHED}
        for rank in self._ranks.all:
            if rank.phase is Phase.STOPPED and self._had_failed(rank, words[rank.number]):
                rank.phase = Phase.FAILED
        phase, kind = verdict(
            [rank.phase for rank in self._ranks.all], self.reason, result_status, stop_cause
        )
        blamed = [rank for rank in self._ranks.all if rank.phase in (Phase.FAILED, Phase.LOST)]
        if not blamed:
            return phase, Cause(kind)
        first = min(blamed, key=lambda rank: _failure_time(rank, words[rank.number]))
        line = words[first.number]
        return phase, Cause(kind, first.number, line.text if line else None, line.number if line else None)

    def _had_failed(self, rank: Rank, words: LastWords | None) -> bool:
        """True for a rank that we ended with the others while it was shutting down after a traceback."""
        closes = words is not None and words.ends_in_traceback
        return (
            closes and self.reason is Reason.FAILURE and rank.last_write_time() < (self._signalled_at or 0.0)
        )


def words_of(rank: Rank) -> LastWords | None:
    """What a rank said last in its current attempt."""
    return last_words(rank.log_path, rank.log_start)


def _failure_time(rank: Rank, words: LastWords | None) -> float:
    """When a rank failed, in Unix seconds: when it printed its traceback, else when it ended.

    A framework may take its time to shut down after an exception, and break the connections of the other
    ranks, which then end before the one that all began with.
    """
    if words is not None and words.ends_in_traceback:
        return rank.last_write_time()
    return rank.ended or 0.0
