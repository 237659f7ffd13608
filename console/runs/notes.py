"""The operator's note on a run: what was said at the launch, until it is changed."""

from __future__ import annotations

from console.errors import ExitCode, user_error
from console.runs.files import write_text
from console.runs.folder import RunFolder


def read_note(folder: RunFolder) -> str:
    """The note as it stands; empty when there is none."""
    try:
        return folder.note_path.read_text("utf-8").rstrip("\n")
    except (OSError, ValueError):
        note = folder.spec().get("note", "")
        return note if isinstance(note, str) else ""


def write_note(folder: RunFolder, text: str) -> None:
    """Change the note. Raises :class:`~console.errors.UserError` when the run folder cannot be written."""
    try:
        write_text(folder.note_path, text + "\n")
    except OSError as error:
        raise user_error(
            "runs.note_not_written", exit_code=ExitCode.FAILED, path=folder.note_path, reason=error.strerror
        ) from error
