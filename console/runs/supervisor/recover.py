"""What an adopted rank was really started with, read from the process itself: spec.json holds no secrets."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from console.launch.plan import RankCommand
from console.runs.processes import PROC, is_alive
from console.runs.secrets import is_masked
from console.runs.state import ProcessId


def environment_of(command: RankCommand, process: ProcessId | None) -> dict[str, str]:
    """The whole environment of a rank: its process's own where that can be read, else this process's with
    what the plan adds (where secret values are masked)."""
    own = {**os.environ, **command.env}
    found = dict(
        entry.split("=", 1)
        for entry in _null_separated(process, "environ")
        if not entry.startswith("=") and "=" in entry
    )
    known = {name: value for name, value in command.env.items() if not is_masked(value)}
    # A program may write over the memory it was given its environment in.
    return found if found and known.items() <= found.items() else own


def argv_of(command: RankCommand, process: ProcessId | None) -> Sequence[str]:
    """The command of a rank, with masked arguments taken from its process where that can be read."""
    found = _null_separated(process, "cmdline")
    if not any(map(is_masked, command.argv)) or len(found) != len(command.argv):
        return command.argv
    return [real if is_masked(frozen) else frozen for frozen, real in zip(command.argv, found, strict=True)]


def is_complete(argv: Sequence[str], environment: Mapping[str, str]) -> bool:
    """True when nothing in a command is masked, so that it can be started again."""
    return not any(map(is_masked, [*argv, *environment.values()]))


def _null_separated(process: ProcessId | None, name: str) -> list[str]:
    if process is None or not is_alive(process):
        return []
    try:
        content = Path(PROC, str(process.pid), name).read_bytes()
    except OSError:
        return []
    return [os.fsdecode(entry) for entry in content.rstrip(b"\0").split(b"\0")]
