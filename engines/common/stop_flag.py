"""The request to stop, as other processes send it: SIGTERM, or Ctrl-C in a terminal."""

from __future__ import annotations

import os
import signal
import socket
import threading
from typing import Any

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopFlag:
    """Raised by the first SIGTERM or SIGINT and never lowered.

    A thread learns of the signals through a socket, so the flag rises at once even while the main
    thread is inside the framework. Further SIGTERMs change nothing; a second Ctrl-C ends the process
    on the spot.
    """

    def __init__(self) -> None:
        self._raised = threading.Event()

    @classmethod
    def listen(cls) -> "StopFlag":
        """Begin to catch the signals. Call in the main thread."""
        flag = cls()
        receiving, sending = socket.socketpair()
        sending.setblocking(False)
        signal.set_wakeup_fd(sending.fileno(), warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, _leave_to_the_thread)
            signal.siginterrupt(number, False)  # the framework's system calls go on undisturbed
        thread = threading.Thread(
            target=flag._take, args=(receiving, sending), name="stop-signals", daemon=True
        )
        thread.start()
        return flag

    @property
    def requested(self) -> bool:
        """True once a stop was asked for."""
        return self._raised.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep for ``seconds`` or until a stop is asked for, and say whether it was."""
        return self._raised.wait(seconds)

    def _take(self, receiving: socket.socket, sending: socket.socket) -> None:
        """Wait for signal numbers; ``sending`` is held so that it stays open."""
        while True:
            for number in receiving.recv(64):
                if number == signal.SIGINT and self.requested:
                    os._exit(128 + signal.SIGINT)
                self._raised.set()


def _leave_to_the_thread(number: int, frame: Any) -> None:
    """A signal handler that only keeps Python from acting on the signal itself."""
