"""The debug toggles of a training: overflow checks, tensor dumps and traces. Off, they cost a comparison a step."""

from __future__ import annotations

from pathlib import Path
from typing import Any, FrozenSet, Mapping, Optional, Set

import numpy as np
from torch import Tensor, nn

from engines.common.dumps import has_room, write_dump
from engines.common.job import Job
from engines.pytorch.backend import Backend
from engines.pytorch.taps import Collection, Hooks, OverflowWatch, estimated_bytes, gradients
from engines.pytorch.tracing import Tracer
from engines.pytorch.training import Batch

DUMP_BYTES = 2 << 30
"""Limit of one dump, which is in memory before it is written."""

MAX_OVERFLOW_DUMPS = 20
"""Steps with an overflow that are written and told of; a network that has gone to NaN has no end of them."""


class Instruments:
    """What looks into the steps of one rank."""

    def __init__(self, job: Job, network: nn.Module, backend: Backend) -> None:
        toggles = job.toggles
        self._job = job
        self._network = network
        self._backend = backend
        self._dump_steps: Set[int] = set(toggles.dump_steps)
        self._overflows_left = MAX_OVERFLOW_DUMPS if toggles.overflow_dump else 0
        self._hooks: Optional[Hooks] = None
        self._watch: Optional[OverflowWatch] = None
        self._dump: Optional[Collection] = None
        self.tracer = Tracer(job, backend)
        if toggles.profile_steps is not None:
            self.tracer.plan(*toggles.profile_steps)
        if toggles.overflow_dump:
            backend.start_dump(toggles.overflow_path, overflow=True)
        if 0 in self._dump_steps:
            self._dump_parameters()

    @property
    def watches_overflow(self) -> bool:
        """Whether :meth:`after_backward` may find an overflow at this step."""
        return self._watch is not None

    def add_dump_steps(self, steps: FrozenSet[int]) -> None:
        """Dump these steps too. Raises ``ValueError`` with a sentence where that is not possible."""
        if self._job.toggles.overflow_dump:
            raise ValueError("the overflow dump is on, which excludes the data dump")
        self._dump_steps.update(steps)

    def before_step(self, step: int, batch: Batch) -> None:
        """Set up what is on at ``step``."""
        self.tracer.begin(step)
        if self._overflows_left:
            self._watch = OverflowWatch(DUMP_BYTES)
            self._hooks = Hooks(self._network, self._watch.see)
        elif step in self._dump_steps:
            self._begin_dump(step, batch)

    def after_backward(self, step: int, loss: Tensor) -> bool:
        """Look at the gradients; ``True`` where something of this step is not finite."""
        if self._hooks is not None:
            self._hooks.remove()
            self._hooks = None
        if self._watch is not None:
            return self._end_watch(step, loss)
        if self._dump is not None:
            self._end_dump(step, loss)
        return False

    def after_step(self, step: int, ended: bool) -> None:
        """``step`` is done; ``ended`` when no other follows."""
        self.tracer.end(step, ended)
        if ended and self._job.toggles.overflow_dump:
            self._backend.stop_dump()

    def _dump_parameters(self) -> None:
        """What there is at step 0, before training."""
        dump = Collection(DUMP_BYTES)
        for name, parameter in self._network.named_parameters():
            dump.add(name, parameter)
        self._write_data_dump(0, dump)

    def _begin_dump(self, step: int, batch: Batch) -> None:
        folder = self._folder(self._job.toggles.dump_path, step)
        size = min(DUMP_BYTES, estimated_bytes(self._network, batch.images))
        if not has_room(folder.parent, size):
            self._job.reporter.say(
                "Dump of step {} left out: the disk of {} has no room for {:.0f} MB.".format(
                    step, folder, size / 1e6
                )
            )
            return
        dump = self._dump = Collection(DUMP_BYTES)
        dump.add("images", batch.images)
        dump.add("labels", batch.labels)
        self._backend.start_dump(folder, overflow=False)
        self._hooks = Hooks(self._network, lambda name, tensor, _: dump.add(name, tensor))

    def _end_dump(self, step: int, loss: Tensor) -> None:
        dump, self._dump = self._dump, None
        assert dump is not None
        self._backend.stop_dump()
        dump.add("loss", loss)
        for name, gradient, _ in gradients(self._network):
            dump.add(name, gradient)
        self._write_data_dump(step, dump)

    def _write_data_dump(self, step: int, dump: Collection) -> None:
        folder = self._folder(self._job.toggles.dump_path, step)
        path = self._write(folder, dump.tensors, step=step, left_out=dump.left_out)
        if path is not None:
            self._job.reporter.event(
                "dump", step=step, path=path, tensors=len(dump.tensors), left_out=dump.left_out
            )

    def _end_watch(self, step: int, loss: Tensor) -> bool:
        watch, self._watch = self._watch, None
        assert watch is not None
        watch.see("loss", loss.detach(), {})
        for name, gradient, value in gradients(self._network):
            watch.see(name, gradient, {"variable": value})
        if not watch.counts:
            return False
        first = next(iter(watch.counts))
        folder = self._folder(self._job.toggles.overflow_path, step)
        path = self._write(
            folder,
            watch.collection.tensors,
            step=step,
            first=first,
            counts=watch.counts,
            inputs=watch.inputs,
        )
        self._job.reporter.event("overflow", step=step, tensor=first, count=watch.counts[first], path=path)
        self._overflows_left -= 1
        if not self._overflows_left:
            self._job.reporter.say(
                "{} steps overflowed; later ones are passed over.".format(MAX_OVERFLOW_DUMPS)
            )
        return True

    def _write(self, folder: Path, tensors: Mapping[str, np.ndarray], **facts: Any) -> Optional[str]:
        """Write a dump and return its path for the event; ``None`` where the disk has no room for it."""
        try:
            if has_room(folder.parent, sum(value.nbytes for value in tensors.values())):
                write_dump(folder, tensors, rank=self._job.ranks.rank, **facts)
                return self._job.relative(folder)
            reason = "the disk is nearly full"
        except OSError as error:
            reason = error.strerror or str(error)
        self._job.reporter.say("{} was not written: {}.".format(folder, reason))
        return None

    def _folder(self, parent: Path, step: int) -> Path:
        return parent / "step-{}_rank-{}".format(step, self._job.ranks.rank)
