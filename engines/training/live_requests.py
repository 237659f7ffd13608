"""Answers the operator's requests to a running training."""

from __future__ import annotations

from typing import Callable, FrozenSet

from engines.common.job import Job
from engines.training.control import Request, requested_range, requested_steps
from engines.training.stepper import Stepper


class LiveRequests:
    """Acts on requests between two calls: at once, or by scheduling. Every rank acts; rank 0 answers for all.

    ``checkpoint`` writes the checkpoint of a step and says whether this rank keeps any.
    """

    def __init__(
        self, job: Job, stepper: Stepper, total_steps: int, checkpoint: Callable[[int], bool]
    ) -> None:
        self._job = job
        self._stepper = stepper
        self._total_steps = total_steps
        self._checkpoint = checkpoint

    def act(self, done: int) -> None:
        """Handle what is new after ``done`` finished steps."""
        for request in self._stepper.take_requests():
            try:
                ok, message = True, self._granted(request, done)
            except ValueError as refusal:
                ok, message = False, str(refusal)
            if self._job.ranks.rank == 0:
                self._job.reporter.event("ack", id=request.id, ok=ok, message=message)

    def _granted(self, request: Request, done: int) -> str:
        """Do what is asked and say so. Raises ``ValueError`` with a sentence where that is not possible."""
        if request.action == "checkpoint":
            if not self._checkpoint(done):
                raise ValueError("checkpoints are switched off by --do_checkpoint False")
            return "checkpoint written at step {}".format(done)
        if not self._stepper.live_debugging:
            raise ValueError("the {} backend cannot do this while it runs".format(self._job.backend))
        if request.action == "profile":
            first, last = requested_range(request, done)
            self._refuse_after_the_end(first)
            return "steps {} to {} will be traced".format(*self._stepper.trace(first, last))
        steps = requested_steps(request, done)
        self._refuse_after_the_end(min(steps))
        return self._dump(steps)

    def _dump(self, steps: FrozenSet[int]) -> str:
        if self._job.toggles.overflow_dump:
            raise ValueError("the overflow dump is on, which excludes the data dump")
        refusal = self._stepper.dump(steps)
        if refusal is not None:
            raise ValueError(refusal)
        return "steps {} will be dumped".format("|".join(str(step) for step in sorted(steps)))

    def _refuse_after_the_end(self, step: int) -> None:
        if step > self._total_steps:
            raise ValueError("the training ends at step {}".format(self._total_steps))
