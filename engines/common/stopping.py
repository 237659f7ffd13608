"""The request to stop, as other processes send it: SIGTERM, or Ctrl-C in a terminal."""

from __future__ import annotations

import os
import signal
import threading


class StopFlag:
    """Raised by the first SIGTERM or SIGINT and never lowered.

    The signals are blocked in every thread and taken by one that waits for them, so the flag rises at
    once even while the main thread is inside the framework, and no system call of the framework is
    interrupted. Further SIGTERMs change nothing; a second Ctrl-C ends the process on the spot.
    """

    def __init__(self) -> None:
        self._raised = threading.Event()

    @classmethod
    def listen(cls) -> "StopFlag":
        """Block the signals here and wait for them in a thread. Call before any other thread is started."""
        flag = cls()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
        threading.Thread(target=flag._take_signals, name="stop-signals", daemon=True).start()
        return flag

    @property
    def requested(self) -> bool:
        """True once a stop was asked for."""
        return self._raised.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep for ``seconds`` or until a stop is asked for, and say whether it was."""
        return self._raised.wait(seconds)

    def _take_signals(self) -> None:
        while True:
            number = signal.sigwait({signal.SIGTERM, signal.SIGINT})
            if number == signal.SIGINT and self.requested:
                os._exit(128 + signal.SIGINT)
            self._raised.set()
