"""Pace, remaining time and trend of a run: pure arithmetic on what was observed."""

from __future__ import annotations

import math
from collections import deque

from console.runs.state import RunState
from console.tui.widgets.chart.contents import Points

OBSERVED_SECONDS = 300.0
"""The estimate of the remaining time looks back this far, so that evaluations and pauses are averaged in."""

LEAST_SECONDS = 20.0
TREND_SHARE = 0.1
TREND_THRESHOLD = 0.005
"""A relative change of the smooth loss below this counts as level."""


class Pace:
    """Steps seen at times; answers how many seconds a step takes lately."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()

    def note(self, time: float, step: float) -> None:
        """The run was at ``step`` at ``time`` (Unix seconds)."""
        if self._seen and step < self._seen[-1][1]:
            self._seen.clear()
        if not self._seen or time > self._seen[-1][0]:
            self._seen.append((time, step))
        while len(self._seen) > 2 and self._seen[-1][0] - self._seen[1][0] >= OBSERVED_SECONDS:
            self._seen.popleft()

    def seconds_per_step(self) -> float | None:
        """``None`` until enough was seen."""
        if len(self._seen) < 2:
            return None
        (first_time, first_step), (last_time, last_step) = self._seen[0], self._seen[-1]
        if last_time - first_time < LEAST_SECONDS or last_step <= first_step:
            return None
        return (last_time - first_time) / (last_step - first_step)


def remaining_seconds(state: RunState, pace: Pace) -> float | None:
    """Seconds until the last step at the pace of late or, before that is known, of the newest step."""
    step = state.last.get("step")
    seconds = pace.seconds_per_step() or state.last.get("step_time")
    if step is None or seconds is None or not state.total_steps or state.phase.final:
        return None
    remaining = max(state.total_steps - step, 0.0) * seconds
    return remaining if math.isfinite(remaining) else None


def trend_of(points: Points) -> int | None:
    """-1, 0 or 1: whether the smooth curve fell, held or rose over its last tenth."""
    smooth, xs = points.smooth, points.x
    if len(xs) < 2:
        return None
    border = xs[-1] - TREND_SHARE * (xs[-1] - xs[0])
    earlier = next(value for x, value in zip(reversed(xs), reversed(smooth), strict=True) if x <= border)
    change = smooth[-1] - earlier
    if change != change:
        return None
    if abs(change) <= TREND_THRESHOLD * max(abs(smooth[-1]), abs(earlier)):
        return 0
    return 1 if change > 0 else -1
