"""The run folder: where each of its files lies, and how a run is found by what the operator types."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from console import locations
from console.errors import ExitCode, user_error
from console.runs.files import read_object
from console.runs.state import RunState, state_from_json

NEWEST = "last"


class RunFolder:
    """One run on disk. Everything is read afresh and tolerantly; a missing or
    damaged file reads as nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunFolder) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"RunFolder({str(self.path)!r})"

    @property
    def run_id(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def spec_path(self) -> Path:
        """The frozen plan."""
        return self.path / "spec.json"

    @property
    def state_path(self) -> Path:
        """The supervisor's word on the run."""
        return self.path / "state.json"

    @property
    def result_path(self) -> Path:
        """The engine's final metrics."""
        return self.path / "result.json"

    @property
    def store_path(self) -> Path:
        """Samples and events."""
        return self.path / "metrics.sqlite"

    @property
    def control_path(self) -> Path:
        """Requests to the supervisor and to the engines."""
        return self.path / "control.json"

    @property
    def control_lock_path(self) -> Path:
        """Held while a console adds a request."""
        return self.path / ".control.lock"

    @property
    def supervisor_lock_path(self) -> Path:
        """Held by the supervisor for as long as it lives."""
        return self.path / ".supervisor.lock"

    @property
    def supervisor_log_path(self) -> Path:
        """The supervisor's own words and tracebacks."""
        return self.path / "supervisor.log"

    @property
    def note_path(self) -> Path:
        """The operator's note, once it was changed after the launch."""
        return self.path / "note.txt"

    @property
    def checkpoints_path(self) -> Path:
        """The folder of the engines' checkpoints."""
        return self.path / "checkpoints"

    @property
    def export_card(self) -> Path:
        """The last file that an export writes: it tells what lies beside it."""
        return self.path / "export" / "card.json"

    def log_path(self, rank: int) -> Path:
        """The raw output of one rank, of all attempts."""
        return self.path / f"rank-{rank}.log"

    @property
    def world_size(self) -> int:
        """The number of ranks; 0 when the plan cannot be read."""
        return len(self.spec().get("ranks", ()))

    def spec(self) -> dict[str, Any]:
        """The frozen plan as :func:`console.runs.spec.freeze.freeze` writes it; empty when it cannot be read."""
        return read_object(self.spec_path) or {}

    def state(self) -> RunState | None:
        """The state as last written; whether that still holds is told by ``adoption.observed_state``."""
        raw = read_object(self.state_path)
        return None if raw is None else state_from_json(raw)

    def result(self) -> dict[str, Any] | None:
        """The engine's final metrics, ``None`` until there are any."""
        return read_object(self.result_path)


def run_folders(runs_dir: Path | None = None) -> Iterator[RunFolder]:
    """Every folder under the runs folder, in no order; none when there is no runs folder yet.

    Raises :class:`~console.errors.UserError` when the runs folder cannot be read.
    """
    for entry in run_entries(runs_dir or locations.runs_dir()):
        yield RunFolder(Path(entry.path))


def run_entries(runs_dir: Path) -> list[os.DirEntry[str]]:
    """The entries behind :func:`run_folders`, for a look at hundreds of folders that opens none."""
    try:
        with os.scandir(runs_dir) as entries:
            return [entry for entry in entries if not entry.name.startswith(".") and entry.is_dir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise user_error("runs.runs_dir_unreadable", folder=runs_dir, reason=error.strerror) from error


def find_run(text: str, runs_dir: Path | None = None) -> RunFolder:
    """The run named by its id, by a beginning that no other id has, or by ``last``.

    Raises :class:`~console.errors.UserError` with ``NOT_FOUND`` when no run, or more than one, is meant.
    """
    folders = {folder.run_id: folder for folder in run_folders(runs_dir)}
    if text in folders:
        return folders[text]
    if not folders:
        raise user_error(
            "runs.none_yet", exit_code=ExitCode.NOT_FOUND, folder=runs_dir or locations.runs_dir()
        )
    if text == NEWEST:
        return max(folders.values(), key=_created)
    matches = sorted(run_id for run_id in folders if text and run_id.startswith(text))
    if len(matches) == 1:
        return folders[matches[0]]
    if matches:
        raise user_error(
            "runs.ambiguous", exit_code=ExitCode.NOT_FOUND, text=text, matches=", ".join(matches[:5])
        )
    nearest = difflib.get_close_matches(text, folders, n=1, cutoff=0.0)
    raise user_error("runs.not_found", exit_code=ExitCode.NOT_FOUND, text=text, nearest=", ".join(nearest))


def _created(folder: RunFolder) -> float:
    """The time at which the plan was frozen, in Unix seconds: ``spec.json`` is written once."""
    try:
        return folder.spec_path.stat().st_mtime
    except OSError:
        return 0.0
