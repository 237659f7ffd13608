"""Starting a rank: a process of its own session whose output the kernel appends to ``rank-N.log``."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from console.launch.plan import RankCommand
from console.runs.files import FILE_MODE


class StartError(Exception):
    """A rank could not be started: ``path`` is what the system refused, ``reason`` its word for it."""

    def __init__(self, rank: int, path: str, error: OSError) -> None:
        self.rank = rank
        self.path = path
        self.errno = error.errno
        self.reason = error.strerror or str(error)
        super().__init__(f"{path}: {self.reason}")

    def as_json(self) -> dict[str, object]:
        """What the console is told, which puts it into the operator's words."""
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
