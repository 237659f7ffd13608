"""The time of training steps, from which the throughput follows."""

from __future__ import annotations

import time
from typing import NamedTuple, Optional


class Span(NamedTuple):
    """Time that a number of steps took."""

    seconds: float
    steps: int

    def plus(self, other: Span) -> Span:
        """Both together."""
        return Span(self.seconds + other.seconds, self.steps + other.steps)


class StepClock:
    """Measures whole steps, waiting for input included, without the pauses for checkpoints and evaluation.

    The first call holds the framework's preparations. It stays out of its interval between two lines and of
    the mean over the run, unless they have no other.
    """

    def __init__(self) -> None:
        self._started = 0.0
        self._first: Optional[Span] = None
        self._interval = Span(0.0, 0)
        self._mean = Span(0.0, 0)

    def start_step(self) -> None:
        """A step begins."""
        self._started = time.perf_counter()

    def end_step(self, steps: int = 1) -> None:
        """The step has ended; or all ``steps`` of them, where the device makes several in one call."""
        span = Span(time.perf_counter() - self._started, steps)
        if self._first is None:
            self._first = span
        else:
            self._interval = self._interval.plus(span)

    def end_interval(self) -> float:
        """Mean seconds per step since the last call."""
        interval, self._interval = self._interval, Span(0.0, 0)
        self._mean = self._mean.plus(interval)
        if interval.steps == 0:
            assert self._first is not None, "an interval has at least one step"
            interval = self._first
        return interval.seconds / interval.steps

    def mean_step_time(self) -> Optional[float]:
        """Mean seconds per step of the finished intervals, ``None`` before the first step has ended."""
        span = self._mean if self._mean.steps else self._first
        return span.seconds / span.steps if span is not None else None
