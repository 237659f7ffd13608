"""Checks of the files that an operator's choices name: they read the disk, so they come before planning."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from console.catalog.placeholders import placeholders_in
from console.catalog.profile import Profile
from console.launch.findings import Finding, error
from console.launch.options.choices import Choices
from console.launch.options.registry import check_toggle_files


def check_files(profile: Profile, choices: Choices) -> tuple[Finding, ...]:
    """Findings on the checkpoint, the switches' files and the program of an external command."""
    return (
        *_check_checkpoint(choices.start_from),
        *check_toggle_files(choices.toggles),
        *_check_command(profile),
    )


def _check_checkpoint(path: Path | None) -> Iterator[Finding]:
    """A checkpoint is a file, a folder that holds some, or the beginning of the names of its files."""
    if path is None or path.exists() or path.with_name(path.name + ".index").exists():
        return
    newest = _newest_beside(path)
    if newest is None:
        yield error("start_from", "checkpoint_missing", path=path)
    else:
        yield error("start_from", "checkpoint_missing", "checkpoint_newest", path=path, newest=newest)


def _newest_beside(path: Path) -> Path | None:
    indexes = path.parent.glob("*.index") if path.parent.is_dir() else ()
    newest = max(indexes, key=lambda file: file.stat().st_mtime, default=None)
    return newest.with_suffix("") if newest else None


def _check_command(profile: Profile) -> Iterator[Finding]:
    command = profile.command
    if command is None:
        return
    if command.cwd is not None and not command.cwd.is_dir():
        yield error("command", "cwd_missing", folder=command.cwd, profile=profile.name)
    program = command.argv[0]
    if not placeholders_in(program) and shutil.which(program) is None:
        inside = command.cwd is not None and "/" in program and (command.cwd / program).is_file()
        if not inside:
            yield error("command", "program_missing", program=program, profile=profile.name)
