"""The events that wake the supervisor: the end of a child, a request to leave, the clock."""

from __future__ import annotations

import os
import select
import signal
import time
from types import FrameType
from typing import NamedTuple


class Exit(NamedTuple):
    """A child that ended: ``code`` is its exit code, or minus the number of the signal that ended it."""

    pid: int
    code: int
    time: float


class Signals:
    """Collects ended children at the moment they end, so that the order of their ends is known, and stop
    requests.

    Handlers are Python functions throughout, never ``SIG_IGN``, because ignored signals would stay ignored
    in the ranks. One instance per process, made in the main thread.
    """

    def __init__(self) -> None:
        self._exits: list[Exit] = []
        self._stop = False
        self._reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, self._on_child)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGHUP, lambda number, frame: None)
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # a console in the background may have it ignored

    def wait(self, seconds: float) -> None:
        """Sleep for ``seconds`` or until a signal comes."""
        if select.select([self._reading], [], [], seconds)[0]:
            os.read(self._reading, 4096)

    def take_exits(self) -> list[Exit]:
        """The children that ended since the last call, in the order in which they did."""
        self._reap()
        exits, self._exits = self._exits, []
        return exits

    def take_stop(self) -> bool:
        """True once after the supervisor itself was asked to leave (SIGTERM at
        shutdown, Ctrl-C in a terminal)."""
        stop, self._stop = self._stop, False
        return stop

    def _on_child(self, number: int, frame: FrameType | None) -> None:
        self._reap()

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop = True

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._exits.append(Exit(pid, os.waitstatus_to_exitcode(status), time.time()))


class Every:
    """True at most once per ``period`` seconds of whatever clock ``now`` is read from."""

    def __init__(self, period: float) -> None:
        self._period = period
        self._next = float("-inf")

    def due(self, now: float) -> bool:
        """True when a period has passed since this was last true."""
        if now < self._next:
            return False
        self._next = now + self._period
        return True
