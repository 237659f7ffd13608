"""The command that goes on from a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

RESUME_FLAG = "--resume_from"
START_FLAGS = (RESUME_FLAG, "--restore_path")

USAGE_EXIT = 2
"""What engines exit with when they do not understand their flags; trying again changes nothing."""


def resumed_command(argv: Sequence[str], checkpoint: Path) -> list[str]:
    """An engine's command with ``--resume_from=checkpoint`` in place of whatever it started from before."""
    kept: list[str] = []
    arguments = iter(argv)
    for argument in arguments:
        if argument in START_FLAGS:
            next(arguments, None)
        elif argument.partition("=")[0] not in START_FLAGS:
            kept.append(argument)
    return [*kept, f"{RESUME_FLAG}={checkpoint}"]
