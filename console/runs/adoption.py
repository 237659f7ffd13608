"""Runs whose supervisor died: seeing it, and giving them a new one."""

from __future__ import annotations

import platform
import time
from dataclasses import replace
from pathlib import Path

from console.errors import UserError
from console.runs.folder import RunFolder, run_folders
from console.runs.processes.daemon import launch_supervisor
from console.runs.processes.locks import is_locked
from console.runs.processes.table import is_alive, is_of_earlier_boot, is_of_this_place
from console.runs.results import FINISHED, STOPPED, result_status, stop_cause
from console.runs.state import Cause, CauseKind, Phase, ProcessId, RunState, starting_state

STARTING_PATIENCE = 60.0
"""Seconds a run without any process may be starting before it counts as lost."""

SILENCE = 600.0
"""Seconds without a word from a supervisor on another host after which its run counts as lost."""


def observed_state(folder: RunFolder) -> RunState:
    """The state as last written, corrected by what is alive now. Nothing is written.

    A run without a supervisor whose ranks live keeps its phase and has ``supervisor`` ``None``. Where
    everything is dead the phase is final: what the engine's result says, else ``lost``.
    """
    state, is_settled = _look(folder)
    if is_settled:
        return state
    return _closed(folder, state) if _is_dead(folder, state) else replace(state, supervisor=None)


def adopt(folder: RunFolder) -> bool:
    """Give a run that lost its supervisor a new one; True when this started one.

    The new supervisor takes over living ranks, reads their logs on from where the old one was, and closes the
    record of a run whose ranks are dead. Runs that have ended, are supervised, are just being started or
    belong to another host are left as they are. Raises :class:`~console.errors.UserError` when the
    supervisor cannot be started.
    """
    state, is_settled = _look(folder)
    if is_settled or not folder.spec() or not _is_ours(folder, state) or _is_starting(state):
        return False
    return "started" in launch_supervisor(folder, adopt=True)


def adopt_orphans(runs_dir: Path | None = None) -> list[RunFolder]:
    """Adopt every run that lost its supervisor; returns those for which a new one was started.

    A run that cannot be adopted, in a folder that cannot be written, say, does not keep the others from it.
    """
    adopted = []
    for folder in run_folders(runs_dir):
        try:
            if adopt(folder):
                adopted.append(folder)
        except UserError:
            continue
    return adopted


def _look(folder: RunFolder) -> tuple[RunState, bool]:
    """The state as written, and whether that is to be believed: the run has ended or a supervisor lives."""
    state = folder.state() or _unwritten_state(folder)
    if state.phase.final or _is_supervised(folder, state):
        return state, True
    # The supervisor may have written the end and left between the two looks.
    state = folder.state() or state
    return state, state.phase.final


def _is_supervised(folder: RunFolder, state: RunState) -> bool:
    """True while a supervisor lives: the one written down, or whoever holds the lock, on whatever host."""
    if state.supervisor is not None and is_alive(state.supervisor):
        return True
    return is_locked(folder.supervisor_lock_path)


def _is_starting(state: RunState) -> bool:
    """True while the console that made the folder may still be about to start the supervisor."""
    return not _processes(state) and time.time() - state.created < STARTING_PATIENCE


def _is_ours(folder: RunFolder, state: RunState) -> bool:
    """True when the processes of a run are, or were, of this host, so that what
    we see of them is the truth."""
    processes = _processes(state)
    if all(map(is_of_this_place, processes)):
        return True
    host = folder.spec().get("host", {}).get("name")
    return host == platform.node() and any(map(is_of_earlier_boot, processes))


def _is_dead(folder: RunFolder, state: RunState) -> bool:
    if _is_starting(state):
        return False
    if not _is_ours(folder, state):
        return time.time() - state.updated > SILENCE
    return not any(map(is_alive, _processes(state)))


def _closed(folder: RunFolder, state: RunState) -> RunState:
    """The state of a run whose processes are all dead and whose end nobody wrote down."""
    since = min((one.created for one in _processes(state)), default=state.created)
    status = result_status(folder, since)
    phase = {FINISHED: Phase.FINISHED, STOPPED: Phase.STOPPED}.get(status or "", Phase.LOST)
    kind = {Phase.FINISHED: CauseKind.DONE, Phase.STOPPED: stop_cause(folder, since)}.get(
        phase, CauseKind.LOST
    )
    return replace(
        state,
        phase=phase,
        supervisor=None,
        stalled=False,
        cause=Cause(kind),
        ranks=tuple(rank if rank.phase.final else replace(rank, phase=phase) for rank in state.ranks),
    )


def _processes(state: RunState) -> list[ProcessId]:
    candidates = [state.supervisor, *(rank.process for rank in state.ranks)]
    return [one for one in candidates if one is not None]


def _unwritten_state(folder: RunFolder) -> RunState:
    """The state of a run that has none on disk: about to start, or lost for what is known."""
    try:
        created = folder.path.stat().st_mtime
    except OSError:
        created = 0.0
    return starting_state(folder.run_id, created)
