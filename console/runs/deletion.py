"""Deleting a run: only when asked to, only once it has ended, and only its own folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from console.errors import ExitCode, user_error
from console.runs.adoption import observed_state
from console.runs.folder import RunFolder
from console.runs.processes.locks import is_locked

DOOMED_PREFIX = ".deleting-"


def folder_bytes(folder: RunFolder) -> int:
    """The disk space that deleting the run frees, in bytes. Files linked to from elsewhere do not count."""
    return sum(size for size in _sizes(folder.path))


def delete_run(folder: RunFolder) -> None:
    """Delete the folder of an ended run for good.

    It is put out of the history's sight in one step first, so that no half of a run is ever listed.
    Raises :class:`~console.errors.UserError` when the run is still alive or its folder cannot be deleted.
    """
    has_ended = observed_state(folder).phase.final
    if not has_ended and (folder.spec() or is_locked(folder.supervisor_lock_path)):
        raise user_error("runs.delete_live", run=folder.run_id)
    doomed = folder.path.with_name(DOOMED_PREFIX + folder.run_id)
    try:
        if folder.path.is_symlink():
            folder.path.unlink()
            return
        folder.path.rename(doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise user_error(
            "runs.not_deleted",
            exit_code=ExitCode.FAILED,
            path=error.filename or doomed,
            reason=error.strerror,
        ) from error


def _sizes(path: Path) -> Iterator[int]:
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _sizes(Path(entry.path))
                else:
                    stat = entry.stat(follow_symlinks=False)
                    yield stat.st_blocks * 512 if stat.st_nlink == 1 else 0
    except OSError:
        return
