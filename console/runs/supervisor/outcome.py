"""The outcome of a run: the phase each rank ended in, what that makes of the run, and the root cause."""

from __future__ import annotations

import signal
from collections.abc import Collection, Sequence
from enum import Enum

from console.metrics.events import EventKind
from console.runs.last_words import LastWords, last_words
from console.runs.results import FINISHED, STOPPED
from console.runs.state import Cause, CauseKind, Phase
from console.runs.supervisor.rank import Rank

_ENDED_BY_US = {-signal.SIGTERM, -signal.SIGKILL, 128 + signal.SIGTERM, 128 + signal.SIGKILL}


class ShutdownReason(Enum):
    """A reason for ending the ranks, as ``supervisor.log`` words it."""

    LEFTOVERS = "end what the ranks left behind"
    FAILURE = "end the other ranks after a failure"
    STOP = "stop"
    KILL = "kill"


def phase_of_exit(code: int, signalled: bool) -> Phase:
    """The phase of a rank that ended with ``code`` (minus the signal number),
    after we ``signalled`` it or not."""
    if code == 0:
        return Phase.FINISHED
    return Phase.STOPPED if signalled and code in _ENDED_BY_US else Phase.FAILED


def phase_without_code(
    said: Collection[str], result_status: str | None, signalled: bool, has_traceback: bool
) -> Phase:
    """The phase of a rank whose exit code nobody could collect, from what it left on disk.

    ``said`` are the kinds of its event lines, ``result_status`` is the run's own word in ``result.json``.
    Without any evidence the rank is lost: how it ended is not known.
    """
    if EventKind.STOP in said or result_status == STOPPED:
        return Phase.STOPPED
    if EventKind.RESULT in said or result_status == FINISHED:
        return Phase.FINISHED
    if has_traceback:
        return Phase.FAILED
    return Phase.STOPPED if signalled else Phase.LOST


def run_outcome(
    ranks: Collection[Phase],
    reason: ShutdownReason | None,
    result_status: str | None,
    stop_cause: CauseKind = CauseKind.STOPPED_BY_REQUEST,
) -> tuple[Phase, CauseKind]:
    """The final phase of a run and the kind of its cause, once every rank has ended.

    ``ranks`` are the final phases of the ranks, ``reason`` is why they were ended if not by themselves,
    ``stop_cause`` is the kind of cause if it stopped.
    A run that had finished its work when the stop reached it has finished.
    """
    if all(phase is Phase.FINISHED for phase in ranks) and result_status == FINISHED:
        return Phase.FINISHED, CauseKind.DONE
    if reason is ShutdownReason.KILL:
        return Phase.STOPPED, CauseKind.KILLED_BY_REQUEST
    if reason is ShutdownReason.STOP:
        return Phase.STOPPED, stop_cause
    if Phase.FAILED in ranks:
        return Phase.FAILED, CauseKind.RANK_FAILED
    if Phase.LOST in ranks:
        return Phase.LOST, CauseKind.LOST
    if Phase.STOPPED in ranks or result_status == STOPPED:
        return Phase.STOPPED, stop_cause
    return Phase.FINISHED, CauseKind.DONE


def root_cause(kind: CauseKind, ranks: Sequence[Rank]) -> Cause:
    """The cause of a run whose outcome has the ``kind``: of the ranks that failed or were lost the one that
    began, with its last words."""
    blamed = [(rank, _last_words_of(rank)) for rank in ranks if rank.phase in (Phase.FAILED, Phase.LOST)]
    if not blamed:
        return Cause(kind)
    first, words = min(blamed, key=lambda pair: _failure_time(*pair))
    return Cause(kind, first.number, words.text if words else None, words.number if words else None)


def ends_in_traceback(rank: Rank) -> bool:
    """True when the current attempt of a rank as good as closes with a traceback."""
    words = _last_words_of(rank)
    return words is not None and words.ends_in_traceback


def _last_words_of(rank: Rank) -> LastWords | None:
    return last_words(rank.log_path, rank.log_start)


def _failure_time(rank: Rank, words: LastWords | None) -> float:
    """The time at which a rank failed, in Unix seconds: that of its traceback, else that of its end.

    A framework may take its time to shut down after an exception, and break the connections of the other
    ranks, which then end before the one that all began with.
    """
    if words is not None and words.ends_in_traceback:
        return rank.last_write_time()
    return rank.ended or 0.0
