"""Starting a rank: its command and environment in full, and a process in a session of its own whose output the
kernel appends to ``rank-N.log``."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from console.launch.plan import RankCommand
from console.runs.files import FILE_MODE
from console.runs.processes.table import PROC, is_alive
from console.runs.spec.secrets import is_masked
from console.runs.state import ProcessId

RESUME_FLAG = "--resume_from"
START_FLAGS = (RESUME_FLAG, "--restore_path")

USAGE_EXIT = 2
"""The exit status of engines that do not understand their flags; trying again changes nothing."""


class StartError(Exception):
    """A rank could not be started: ``path`` is what the system refused, ``reason`` its word for it."""

    def __init__(self, rank: int, path: str, error: OSError) -> None:
        self.rank = rank
        self.path = path
        self.errno = error.errno
        self.reason = error.strerror or str(error)
        super().__init__(f"{path}: {self.reason}")

    def as_json(self) -> dict[str, object]:
        """The failure as it is reported to the console, which puts it into the operator's words."""
        return {"rank": self.rank, "path": self.path, "reason": self.reason, "errno": self.errno}


def spawn_rank(
    command: RankCommand,
    argv: Sequence[str],
    environment: Mapping[str, str],
    cwd: Path,
    log_path: Path,
    umask: int,
) -> subprocess.Popen[bytes]:
    """Start one rank, bound to its processors where the command names some. Raises :class:`StartError`.

    The log is opened for appending, so that every line lands at the end whoever else writes, and the rank
    holds the file itself: it never waits for a reader. The caller has to keep the returned object until
    the process has been waited for.
    """
    try:
        log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, FILE_MODE)
    except OSError as error:
        raise StartError(command.rank, str(log_path), error) from error
    try:
        with _bound_to(command.cpu_ids):
            return subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=cwd,
                env=dict(environment),
                start_new_session=True,
                umask=umask,
            )
    except OSError as error:
        refused = error.filename if isinstance(error.filename, str) else argv[0]
        raise StartError(command.rank, refused, error) from error
    finally:
        os.close(log)


@contextmanager
def _bound_to(cpu_ids: Sequence[int]) -> Iterator[None]:
    """Lend this process the processors that a child started meanwhile inherits before its first instruction.

    Processors that this host does not have, or not any more, leave the child unbound: it trains all the same.
    """
    if not cpu_ids:
        yield
        return
    own = os.sched_getaffinity(0)
    allowed = own & set(cpu_ids)
    os.sched_setaffinity(0, allowed or own)
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


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
