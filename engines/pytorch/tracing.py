"""Profiler traces of chosen steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Optional, Tuple

from engines.common.job import Job
from engines.pytorch.device import TorchDevice

MAX_STEPS = 200
"""Longest trace; a longer range is cut off after so many steps."""


class TorchTracer:
    """Traces one range of steps after the other, each into a folder of its own for this rank."""

    def __init__(self, job: Job, device: TorchDevice) -> None:
        self._job = job
        self._device = device
        self._planned: List[Tuple[int, int]] = []
        self._profiler: Any = None
        self._folder: Optional[Path] = None

    def schedule(self, first: int, last: int) -> Tuple[int, int]:
        """Trace the steps ``first`` to ``last``, or the first :data:`MAX_STEPS` of them; returns what is traced.

        Raises ``ValueError`` with a sentence where the range meets one that is planned.
        """
        last = min(last, first + MAX_STEPS - 1)
        for other in self._planned:
            if first <= other[1] and other[0] <= last:
                raise ValueError("the steps {} to {} are traced already".format(*other))
        self._planned = sorted([*self._planned, (first, last)])
        return first, last

    def begin(self, step: int) -> None:
        """Start where ``step`` is the first of a range, or inside the first one after a resume."""
        if not self._planned or self._profiler is not None or step < self._planned[0][0]:
            return
        last = self._planned[0][1]
        if step > last:
            self._planned.pop(0)
            return
        name = "steps-{}-{}_rank-{}".format(step, last, self._job.ranks.rank)
        self._planned[0] = (step, last)
        self._folder = self._job.toggles.profile_path / name
        self._profiler = self._device.profile(self._folder, "rank-{}".format(self._job.ranks.rank))
        self._profiler.start()

    def end(self, step: int, ended: bool) -> None:
        """Stop after the last step of the range, or where the training has ``ended``."""
        if self._profiler is None or (step < self._planned[0][1] and not ended):
            return
        self._device.synchronise()
        self._profiler.stop()
        self._profiler = None
        first, _ = self._planned.pop(0)
        assert self._folder is not None
        self._job.reporter.event("profile", first=first, last=step, path=self._job.relative(self._folder))
