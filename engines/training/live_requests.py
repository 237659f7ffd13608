"""Answers what the operator asks of a running training through the control file."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, FrozenSet, Optional, Tuple

from engines.common.dumps.data_dump import DataDump
from engines.common.job import Job
from engines.training.control import ControlFile, Request, requested_range, requested_steps

Answer = Tuple[bool, str]


class Tracer:
    """Traces one range of steps at a time."""

    @property
    def busy(self) -> bool:
        """Whether a range is waiting or being traced."""
        raise NotImplementedError

    def schedule(self, first: int, last: int) -> None:
        """Trace the steps ``first`` to ``last``, both included."""
        raise NotImplementedError


class LiveRequests:
    """Looks once a step and acts at once, or schedules. Every rank acts; rank 0 answers for all."""

    def __init__(
        self, job: Job, tracer: Tracer, dump: DataDump, checkpoint: Callable[[int], Optional[Path]]
    ) -> None:
        self._job = job
        self._control = ControlFile(job.run_dir / "control.json", job.started)
        self._tracer = tracer
        self._dump = dump
        self._checkpoint = checkpoint

    def poll(self, done: int) -> None:
        """Handle what is new after ``done`` finished steps."""
        for request in self._control.take():
            try:
                ok, message = self._handle(request, done)
            except ValueError as error:
                ok, message = False, str(error)
            if self._job.ranks.rank == 0:
                self._job.reporter.event("ack", id=request.id, ok=ok, message=message)

    def _handle(self, request: Request, done: int) -> Answer:
        if request.action == "checkpoint":
            return self._write_checkpoint(done)
        if not self._job.live_debugging:
            return False, "the {} backend cannot do this while it runs".format(self._job.backend)
        if request.action == "profile":
            return self._profile(*requested_range(request, done))
        return self._dump_steps(requested_steps(request, done))

    def _write_checkpoint(self, done: int) -> Answer:
        if self._job.ranks.rank == 0 and self._checkpoint(done) is None:
            return False, "checkpoints are switched off by --do_checkpoint False"
        return True, "checkpoint written at step {}".format(done)

    def _profile(self, first: int, last: int) -> Answer:
        if self._tracer.busy:
            return False, "another range of steps is being traced"
        self._tracer.schedule(first, last)
        return True, "steps {} to {} will be traced".format(first, last)

    def _dump_steps(self, steps: FrozenSet[int]) -> Answer:
        if self._job.toggles.overflow_dump:
            return False, "the overflow dump is on, which excludes the data dump"
        refusal = self._dump.schedule(steps)
        if refusal is not None:
            return False, refusal
        return True, "steps {} will be dumped".format("|".join(str(step) for step in sorted(steps)))
