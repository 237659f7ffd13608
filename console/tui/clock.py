"""The one clock of the screens: the time, and a beat once a second for everything that shows an age."""

from __future__ import annotations

import time
from collections.abc import Callable

from console.tui.observable import Listeners

PERIOD = 1.0
"""Seconds between two beats. Whatever must move faster moves because data arrived, not because time passed."""


class Clock(Listeners[float]):
    """Time as the screens see it, in Unix seconds; listeners hear of every beat.

    The app beats it from its only timer. Tests put a function of their own in place of ``now``, so that a
    picture never depends on the hour it was taken.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._now = now

    def now(self) -> float:
        """Unix seconds."""
        return self._now()

    def beat(self) -> None:
        """Tell every listener the time."""
        self.tell(self.now())
