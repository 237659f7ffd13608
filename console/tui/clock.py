"""The one clock of the screens: what time it is, and a beat once a second for everything that shows an age."""

from __future__ import annotations

import time
from collections.abc import Callable

PERIOD = 1.0
"""Seconds between two beats. Whatever must move faster moves because data arrived, not because time passed."""


class Clock:
    """Time as the screens see it, in Unix seconds.

    The app owns one and beats it from its only timer. Tests put a function of their own in place of ``now``,
    so that a picture never depends on the hour it was taken.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._listeners: list[Callable[[float], None]] = []

    def now(self) -> float:
        """Unix seconds."""
        return self._now()

    def listen(self, listener: Callable[[float], None]) -> Callable[[], None]:
        """Call ``listener(now)`` at every beat. Returns the function that ends it."""
        self._listeners.append(listener)

        def leave() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return leave

    def beat(self) -> None:
        """Tell every listener the time."""
        now = self.now()
        for listener in tuple(self._listeners):
            listener(now)
