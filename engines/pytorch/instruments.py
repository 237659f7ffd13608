"""The debug toggles of a training: overflow checks, tensor dumps and traces. Off, they cost a comparison a step."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Collection, Mapping, Optional, Set

import numpy as np
from torch import Tensor, nn

from engines.common.dumps.budget import MAX_OVERFLOW_DUMPS, DumpBudget
from engines.common.errors import UsageError
from engines.common.job import Job
from engines.pytorch.device import TorchDevice
from engines.pytorch.networks import Batch
from engines.pytorch.taps import Copies, Hooks, OverflowWatch, estimated_bytes, gradients
from engines.pytorch.tracing import TorchTracer

DUMP_BYTES = 2 << 30
"""Limit of one dump, which is in memory before it is written."""


class Instruments:
    """The debug toggles that look into the steps of one rank."""

    def __init__(
        self, job: Job, network: nn.Module, device: TorchDevice, images: "tuple[int, ...]", steps: range
    ) -> None:
        """``images`` is the shape of a batch; of ``steps`` the first is the one done before training.

        Raises :class:`UsageError` where the dumps asked for in these steps would take too much room.
        """
        toggles = job.toggles
        self._job = job
        self._network = network
        self._device = device
        self._images = images
        self._budget = DumpBudget(toggles.dump_limit // job.ranks.world_size)
        self._dump_steps: Set[int] = set()
        self._overflows_left = MAX_OVERFLOW_DUMPS if toggles.overflow_dump else 0
        self._hooks: Optional[Hooks] = None
        self._watch: Optional[OverflowWatch] = None
        self._dump: Optional[Copies] = None
        self.tracer = TorchTracer(job, device)
        if toggles.profile_steps is not None:
            self.tracer.schedule(*toggles.profile_steps)
        if toggles.overflow_dump:
            device.start_dump(toggles.overflow_path, overflow=True)
        within = [step for step in toggles.dump_steps if step in steps and (step == 0 or step != steps[0])]
        refusal = self.schedule_dump(within)
        if refusal is not None:
            raise UsageError("The data dump of {} steps is refused: {}.".format(len(within), refusal))
        if 0 in self._dump_steps:
            self._dump_parameters()

    @property
    def watches_overflow(self) -> bool:
        """Whether :meth:`after_backward` may find an overflow at this step."""
        return self._watch is not None

    def schedule_dump(self, steps: Collection[int]) -> Optional[str]:
        """Dump at ``steps`` too, or say why not."""
        if not steps:
            return None
        size = min(DUMP_BYTES, estimated_bytes(self._network, self._images))
        refusal = self._budget.refusal(self._job.toggles.dump_path, size * len(steps))
        if refusal is None:
            self._dump_steps.update(steps)
        return refusal

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
            self._device.stop_dump()

    def _dump_parameters(self) -> None:
        """Dump the parameters before training, which is step 0."""
        dump = Copies(DUMP_BYTES)
        for name, parameter in self._network.named_parameters():
            dump.add(name, parameter)
        self._write_data_dump(0, dump)

    def _begin_dump(self, step: int, batch: Batch) -> None:
        folder = self._folder(self._job.toggles.dump_path, step)
        dump = self._dump = Copies(DUMP_BYTES)
        dump.add("images", batch.images)
        dump.add("labels", batch.labels)
        self._device.start_dump(folder, overflow=False)
        self._hooks = Hooks(self._network, lambda name, tensor, _: dump.add(name, tensor))

    def _end_dump(self, step: int, loss: Tensor) -> None:
        dump, self._dump = self._dump, None
        assert dump is not None
        self._device.stop_dump()
        dump.add("loss", loss)
        for name, gradient, _ in gradients(self._network):
            dump.add(name, gradient)
        self._write_data_dump(step, dump)

    def _write_data_dump(self, step: int, dump: Copies) -> None:
        folder = self._folder(self._job.toggles.dump_path, step)
        path = self._write("step {}".format(step), folder, dump.tensors, step=step, left_out=dump.left_out)
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
            "the overflow in step {}".format(step),
            folder,
            watch.copies.tensors,
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

    def _write(
        self, what: str, folder: Path, tensors: Mapping[str, np.ndarray], **facts: Any
    ) -> Optional[str]:
        """Write a dump and return its path for the event; ``None`` where there is no room for it."""
        refusal = self._budget.write(folder, tensors, rank=self._job.ranks.rank, **facts)
        if refusal is None:
            return self._job.relative(folder)
        self._job.reporter.say("No dump of {}: {}.".format(what, refusal))
        return None

    def _folder(self, parent: Path, step: int) -> Path:
        return parent / "step-{}_rank-{}".format(step, self._job.ranks.rank)
