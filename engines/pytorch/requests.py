"""Requests to a running training, acted on by every rank at the same step."""

from __future__ import annotations

from typing import Callable, List

from engines.common.job import Job
from engines.pytorch.instruments import Instruments
from engines.pytorch.ranks import Group
from engines.training.control import ControlFile, Request, requested_range, requested_steps


class Requests:
    """Rank 0 looks into the control file; what it finds reaches the others with their next agreement."""

    def __init__(self, job: Job, group: Group, instruments: Instruments, total_steps: int) -> None:
        self._job = job
        self._group = group
        self._instruments = instruments
        self._total_steps = total_steps
        self._file = ControlFile(job.run_dir / "control.json", job.started)
        self._new: List[Request] = []

    def look(self) -> float:
        """How many requests are new, as this rank's part of a sum over the ranks."""
        if self._group.rank == 0:
            self._new.extend(self._file.take())
        return float(len(self._new))

    def act(self, step: int, checkpoint: Callable[[], bool]) -> None:
        """Act on what rank 0 found, on every rank together. ``checkpoint`` says whether it wrote one."""
        requests: List[Request] = self._group.broadcast(self._new)
        self._new = []
        for request in requests:
            try:
                message = self._act_on(request, step, checkpoint)
                self._answer(request, True, message)
            except ValueError as reason:
                self._answer(request, False, str(reason))

    def _act_on(self, request: Request, step: int, checkpoint: Callable[[], bool]) -> str:
        if request.action == "checkpoint":
            if not checkpoint():
                raise ValueError("this run writes no checkpoints")
            return "checkpoint written at step {}".format(step)
        if request.action == "profile":
            first, last = requested_range(request, step)
            self._check_end(first)
            return "steps {} to {} will be traced".format(*self._instruments.tracer.plan(first, last))
        steps = requested_steps(request, step)
        self._check_end(min(steps))
        self._instruments.add_dump_steps(steps)
        return "{} steps will be dumped, the first at {}".format(len(steps), min(steps))

    def _check_end(self, step: int) -> None:
        if step > self._total_steps:
            raise ValueError("the training ends at step {}".format(self._total_steps))

    def _answer(self, request: Request, ok: bool, message: str) -> None:
        if self._group.rank == 0:
            self._job.reporter.event("ack", id=request.id, ok=ok, message=message)
