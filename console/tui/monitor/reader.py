"""The reading thread: looks at the run folder again and again and hands over one snapshot at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection

from textual.message import Message

from console.tui.monitor.snapshot import Snapshot, View
from console.tui.monitor.source import MonitorSource


class SnapshotArrived(Message):
    """The reading thread has a new snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot


class Reader:
    """Runs in a thread of its own, from which it calls ``deliver`` and ``report``; the screen calls the rest.

    The next snapshot is handed over only after the last one was :meth:`drawn`, so that a slow terminal
    makes the picture rarer and never late. What goes wrong is reported once, and reading goes on.
    """

    def __init__(
        self,
        source: MonitorSource,
        deliver: Callable[[SnapshotArrived], object],
        report: Callable[[Exception], object],
    ) -> None:
        self._source = source
        self._deliver = deliver
        self._report = report
        self._wake = threading.Event()
        self._view = View()
        self._asked: Collection[str] = ()
        self._watching = True
        self._in_flight = False
        self._ended = False

    def run(self) -> None:
        """Read until :meth:`end`."""
        waiting: Snapshot | None = None
        told = ""
        while not self._ended:
            if self._watching:
                trouble: Exception | None
                try:
                    waiting = self._source.read(self._view, self._asked) or waiting
                    trouble = self._source.trouble
                except Exception as error:
                    trouble = error
                if trouble is not None and str(trouble) != told:
                    self._report(trouble)
                told = str(trouble or "")
            if waiting is not None and not self._in_flight and not self._ended:
                self._in_flight = True
                self._deliver(SnapshotArrived(waiting))
                waiting = None
            self._wake.wait(self._source.period if self._watching else None)
            self._wake.clear()
        self._source.close()

    def look(self, view: View, asked: Collection[str]) -> None:
        """Read at once, for this view."""
        self._view, self._asked = view, tuple(asked)
        self._wake.set()

    def drawn(self) -> None:
        """The last snapshot is on the screen."""
        self._in_flight = False

    def watch(self, watching: bool) -> None:
        """Go on reading, or leave it while nobody looks."""
        self._watching = watching
        self._wake.set()

    def end(self) -> None:
        """Leave :meth:`run`."""
        self._ended = True
        self._wake.set()
