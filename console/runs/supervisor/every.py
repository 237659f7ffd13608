"""Work that need not be done every turn."""

from __future__ import annotations


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
