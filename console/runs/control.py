"""Requests of a console to a live run. They are written to a file; supervisor and engines act on them."""

from __future__ import annotations

from console.errors import user_error
from console.runs.adoption import adopt, observed_state
from console.runs.folder import RunFolder
from console.runs.requests import Action, add_request


def stop(folder: RunFolder) -> str:
    """Ask the ranks to finish their step, save a checkpoint and leave; returns the request's id.

    This and the others raise :class:`~console.errors.UserError` when the run has ended or its folder cannot
    be written. A run that lost its supervisor gets a new one, so that somebody listens.
    """
    return _ask(folder, Action.STOP)


def kill(folder: RunFolder) -> str:
    """End every rank at once; returns the request's id."""
    return _ask(folder, Action.KILL)


def request_checkpoint(folder: RunFolder) -> str:
    """Ask the engine for a checkpoint now; the answer appears in
    ``RunState.acknowledged`` under the returned id."""
    return _ask(folder, Action.CHECKPOINT)


def request_profile(folder: RunFolder, first: int, last: int) -> str:
    """Ask the engine to trace the steps ``first`` to ``last``, both included; returns the request's id."""
    if not 0 <= first <= last:
        raise user_error("runs.bad_step_range", first=first, last=last)
    return _ask(folder, Action.PROFILE, first=first, last=last)


def request_dump(folder: RunFolder, steps: str) -> str:
    """Ask the engine to write the tensors of ``steps``, in the syntax
    ``150|160-162``; returns the request's id."""
    return _ask(folder, Action.DUMP, steps=steps)


def _ask(folder: RunFolder, action: Action, **fields: object) -> str:
    if observed_state(folder).phase.final:
        raise user_error("runs.already_ended", run=folder.run_id)
    request = add_request(folder, action, **fields)
    adopt(folder)
    return request
