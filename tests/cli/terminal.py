"""A terminal of its own for a program, as a user has one."""

from __future__ import annotations

import os
import pty
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

DEADLINE = 90.0


class Terminal:
    """Our end of a terminal; ``seen`` is all that the program has written to it so far."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.seen = b""

    def until(self, words: str) -> None:
        """Read until ``words`` have been written, or fail."""
        end = time.monotonic() + DEADLINE
        while words.encode() not in self.seen:
            assert time.monotonic() < end and self._read(), f"no {words!r} in {self.seen[-2000:]!r}"

    def until_end(self) -> None:
        """Read until the program has closed its end, or fail."""
        end = time.monotonic() + DEADLINE
        while self._read():
            assert time.monotonic() < end, "the program does not end"

    def send(self, keys: bytes) -> None:
        """Type."""
        os.write(self._descriptor, keys)

    def _read(self) -> bool:
        """False when the other end is closed."""
        if select.select([self._descriptor], [], [], 0.2)[0]:
            try:
                content = os.read(self._descriptor, 1 << 16)
            except OSError:  # Linux tells so that the other end is closed.
                return False
            self.seen += content
            return bool(content)
        return True


@contextmanager
def terminal_of(command: list[str], environment: dict[str, str]) -> Iterator[Terminal]:
    """Start ``command`` in a terminal; whatever still runs at the end is killed."""
    pid, descriptor = pty.fork()
    if pid == 0:
        os.execve(command[0], command, environment)
    try:
        yield Terminal(descriptor)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(descriptor)
