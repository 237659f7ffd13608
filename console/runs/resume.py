"""Going on from an earlier run: a new run with the same choices that starts at a checkpoint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from console.errors import ExitCode, user_error
from console.launch.command import TAKES_CHECKPOINT
from console.launch.devices import EXPORT
from console.launch.options.choices import Choices, ToggleChoices
from console.runs.adoption import observed_state
from console.runs.checkpoints import Checkpoint, best_checkpoint, exists, list_checkpoints, without_index
from console.runs.folder import RunFolder
from console.runs.spec.choices import choices_from_json
from console.runs.spec.secrets import MASK

__all__ = ["Checkpoint", "list_checkpoints", "relaunch_choices", "resume_choices", "reuse_choices"]


def relaunch_choices(folder: RunFolder) -> Choices:
    """The choices a run was launched with, for the same again or for a variation; without its name and note.

    Raises :class:`~console.errors.UserError` when the run's plan cannot be read.
    """
    try:
        choices = choices_from_json(folder.spec()["choices"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise user_error("runs.spec_unreadable", exit_code=ExitCode.FAILED, path=folder.spec_path) from error
    return replace(choices, name=None, note="")


def resume_choices(folder: RunFolder, checkpoint: Path | None = None) -> Choices:
    """The choices that go on from an ended run at its newest checkpoint, or at the one given.

    Everything the profile or the host decided for that run is decided the same way again: parameters, data,
    devices, backend and interpreter. Values that were masked as secret have to be given anew. Raises
    :class:`~console.errors.UserError` while the run is alive, and when there is no such checkpoint.
    """
    if not observed_state(folder).phase.final:
        raise user_error("runs.resume_live", run=folder.run_id)
    choices = _decided_choices(folder)
    return replace(choices, start_from=_checkpoint(folder, checkpoint), resume_run=folder.run_id)


def reuse_choices(folder: RunFolder, task: str, checkpoint: Path | None = None) -> Choices:
    """The choices that evaluate or export the run's best checkpoint, else its newest, or the one given.

    The network and its data are those of the run, live or ended; its toggles and restarts are left behind. Of
    an evaluation or an export it is the checkpoint that was used there.
    Raises :class:`~console.errors.UserError` when there is no such checkpoint.
    """
    choices = _decided_choices(folder)
    best = best_checkpoint(folder) if checkpoint is None else None
    used = choices.start_from if choices.task in TAKES_CHECKPOINT else None
    if checkpoint is None and best is None and used is not None:
        checkpoint = used
    return replace(
        choices,
        task=task,
        devices=1 if task == EXPORT else choices.devices,
        device_ids=() if task == EXPORT else choices.device_ids,
        toggles=ToggleChoices(),
        restarts=0,
        start_from=best.path if best is not None else _checkpoint(folder, checkpoint),
        resume_run=None,
    )


def _decided_choices(folder: RunFolder) -> Choices:
    """A run's choices with what the profile and the host decided for it."""
    choices = relaunch_choices(folder)
    spec = folder.spec()
    parameters = {name: value for name, value in spec.get("parameters", {}).items() if value != MASK}
    data_dir = spec.get("data_dir", "")
    return replace(
        choices,
        dataset=spec.get("dataset") or choices.dataset,
        data_dir=choices.data_dir if data_dir in ("", ".") else Path(data_dir),
        devices=len(spec["ranks"]) if spec.get("ranks") else choices.devices,
        runtime=(spec.get("runtime") or {}).get("name") or choices.runtime,
        task=spec.get("task") or choices.task,
        parameters={**parameters, **choices.parameters},
    )


def _checkpoint(folder: RunFolder, wanted: Path | None) -> Path:
    """The checkpoint to go on from, as an absolute path; ``wanted`` may be
    relative to here or to the run folder."""
    if wanted is not None:
        prefix = without_index(wanted)
        for path in (prefix.absolute(), folder.path / prefix, folder.checkpoints_path / prefix):
            if exists(path):
                return path
        raise user_error(
            "runs.no_such_checkpoint", exit_code=ExitCode.NOT_FOUND, path=wanted, run=folder.run_id
        )
    checkpoints = list_checkpoints(folder)
    if not checkpoints:
        raise user_error(
            "runs.no_checkpoint",
            exit_code=ExitCode.NOT_FOUND,
            run=folder.run_id,
            folder=folder.checkpoints_path,
        )
    return checkpoints[-1].path
