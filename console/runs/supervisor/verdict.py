"""How a rank ended, and what that makes of the run. Pure."""

from __future__ import annotations

import signal
from collections.abc import Collection

from console.metrics.events import EventKind
from console.runs.results import BY_REQUEST
from console.runs.state import Phase
from console.runs.supervisor.ending import Reason

FINISHED = "finished"
STOPPED = "stopped"
_ENDED_BY_US = {-signal.SIGTERM, -signal.SIGKILL, 128 + signal.SIGTERM, 128 + signal.SIGKILL}


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


def verdict(
    ranks: Collection[Phase],
    reason: Reason | None,
    result_status: str | None,
    stop_cause: str = BY_REQUEST,
) -> tuple[Phase, str]:
    """The final phase of a run and the kind of its cause, once every rank has ended.

    ``ranks`` are the final phases of the ranks, ``reason`` is why they were ended if not by themselves,
    ``stop_cause`` is the kind of cause if it stopped.
    A run that had finished its work when the stop reached it has finished.
    """
    if all(phase is Phase.FINISHED for phase in ranks) and result_status == FINISHED:
        return Phase.FINISHED, "done"
    if reason is Reason.KILL:
        return Phase.STOPPED, "killed_by_request"
    if reason is Reason.STOP:
        return Phase.STOPPED, stop_cause
    if Phase.FAILED in ranks:
        return Phase.FAILED, "rank_failed"
    if Phase.LOST in ranks:
        return Phase.LOST, "lost"
    if Phase.STOPPED in ranks or result_status == STOPPED:
        return Phase.STOPPED, stop_cause
    return Phase.FINISHED, "done"
