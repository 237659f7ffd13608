"""Noticing that a training does not get on, without being told how fast it should."""

from __future__ import annotations

from collections import deque

from console.runs.policy import Policy

REMEMBERED_STEPS = 101


class StallWatch:
    """Judges the silence since the last progress against the run's own pace. Times are any monotonic seconds.

    The pace is the median time between two reports of progress. That is the step time of a log that tells of
    every step, and the reporting period of one that tells of every hundredth, which is the silence to expect.
    """

    def __init__(self, policy: Policy, now: float) -> None:
        self._policy = policy
        self._intervals: deque[float] = deque(maxlen=REMEMBERED_STEPS)
        self._last = now
        self._has_started = False
        self.stalled = False

    @property
    def limit(self) -> float:
        """Seconds of silence after which the run counts as stalled."""
        if not self._intervals:
            return max(self._policy.stall_floor, self._policy.first_step_floor)
        median = sorted(self._intervals)[len(self._intervals) // 2]
        return max(self._policy.stall_factor * median, self._policy.stall_floor)

    def progress(self, now: float) -> bool:
        """Note that some rank got on; True when that ends a stall."""
        if self._has_started:
            self._intervals.append(now - self._last)
        self._has_started = True
        self._last = now
        recovered, self.stalled = self.stalled, False
        return recovered

    def check(self, now: float) -> float | None:
        """The seconds of silence, once, when a stall begins; ``None`` otherwise."""
        silence = now - self._last
        if self.stalled or silence <= self.limit:
            return None
        self.stalled = True
        return silence
