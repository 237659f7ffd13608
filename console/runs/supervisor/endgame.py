"""Ending a run: who asked for it, which signal is due, whether anything is left, and what it all amounts
to."""

from __future__ import annotations

from console.runs.last_words import LastWords, last_words
from console.runs.model import Cause, Phase
from console.runs.policy import Policy
from console.runs.supervisor.ending import Ending, Reason, left_behind, send
from console.runs.supervisor.every import Every
from console.runs.supervisor.rank import Rank
from console.runs.supervisor.ranks import Ranks
from console.runs.supervisor.verdict import verdict


class Endgame:
    """The end of one attempt. ``reason`` is why the ranks were ended while they lived, ``None`` if by
    themselves.

    ``first_failing`` is the rank whose failure came first. ``now`` is monotonic seconds throughout.
    """

    def __init__(self, ranks: Ranks, policy: Policy) -> None:
        self._ranks = ranks
        self._policy = policy
        self._ending: Ending | None = None
        self._leftovers_seen = False
        self._look_for_leftovers = Every(0.1)
        self.reason: Reason | None = None
        self.first_failing: Rank | None = None

    @property
    def signalled(self) -> bool:
        """True once the ranks were told to end, so that their ends are no failures of theirs."""
        return self.reason is not None

    def begin(self, reason: Reason, now: float) -> None:
        """End the ranks, for a reason that does not undo an earlier one: killing only hastens what is under
        way."""
        if self._ranks.live and (self.reason is None or (self.reason, reason) == (Reason.STOP, Reason.KILL)):
            self.reason = reason
        hastens = (
            reason is Reason.KILL and self._ending is not None and self._ending.reason is not Reason.KILL
        )
        if self._ending is None or self._ending.reason is Reason.LEFTOVERS or hastens:
            self._ending = Ending(reason, self._policy, now)
            self.send_due(now)

    def fail(self, rank: Rank, now: float) -> None:
        """A rank failed: the first one is the cause, and the others have nobody to go on with."""
        self.first_failing = self.first_failing or rank
        if self.reason is None:
            self.begin(Reason.FAILURE, now)

    def send_due(self, now: float) -> None:
        """Send the signal that is due, if any."""
        due = self._ending.due(now) if self._ending is not None else None
        if due is not None:
            send(due, self._ranks.processes())

    def is_over(self, now: float) -> bool:
        """True when nothing of the ended ranks is alive any more.

        What they left behind may have printed something before it went, so the logs are to be read once
        more between the last sight of it and the end.
        """
        if not self._look_for_leftovers.due(now):
            return False
        seen_before, self._leftovers_seen = self._leftovers_seen, bool(left_behind(self._ranks.processes()))
        if self._leftovers_seen:
            self.begin(Reason.LEFTOVERS, now)
        return not self._leftovers_seen and not seen_before

    def outcome(self, result_status: str | None) -> tuple[Phase, Cause]:
        """The final phase and the cause, once it is over."""
        phase, kind = verdict([rank.phase for rank in self._ranks.all], self.reason, result_status)
        rank = self.first_failing
        if rank is None and phase is Phase.LOST:
            rank = next(one for one in self._ranks.all if one.phase is Phase.LOST)
        words = words_of(rank) if rank is not None else None
        if rank is None or words is None:
            return phase, Cause(kind, rank.number if rank is not None else None)
        return phase, Cause(kind, rank.number, words.text, words.number)


def words_of(rank: Rank) -> LastWords | None:
    """What a rank said last in its current attempt."""
    return last_words(rank.log_path, rank.log_start)
