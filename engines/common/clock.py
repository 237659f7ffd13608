"""How long training steps take, and from that the throughput."""

from __future__ import annotations

import time
from typing import Optional


class StepClock:
    """Measures whole steps, waiting for input included, without the pauses for checkpoints and evaluation.

    The first interval between two lines holds the framework's preparations and stays out of the mean
    over the run, unless the run has no other.
    """

    def __init__(self) -> None:
        self._started = 0.0
        self._seconds = 0.0
        self._steps = 0
        self._intervals = 0
        self._mean_seconds = 0.0
        self._mean_steps = 0

    def start_step(self) -> None:
        """A step begins."""
        self._started = time.perf_counter()

    def end_step(self, steps: int = 1) -> None:
        """The step has ended; or all ``steps`` of them, where the device makes several in one call."""
        self._seconds += time.perf_counter() - self._started
        self._steps += steps

    def end_interval(self) -> float:
        """Mean seconds per step since the last call."""
        seconds, steps = self._seconds, self._steps
        self._seconds, self._steps = 0.0, 0
        self._intervals += 1
        if self._intervals == 2:
            self._mean_seconds, self._mean_steps = 0.0, 0
        self._mean_seconds += seconds
        self._mean_steps += steps
        return seconds / steps

    def mean_step_time(self) -> Optional[float]:
        """Mean seconds per step of the finished intervals, ``None`` before the first has ended."""
        return self._mean_seconds / self._mean_steps if self._mean_steps else None
