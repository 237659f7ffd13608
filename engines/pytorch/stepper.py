"""The steps of a training in PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Collection, Dict, Iterator, List, NamedTuple, Optional, Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engines.common.job import Job
from engines.common.reporting.reporter import StepNumbers
from engines.common.reporting.results import Scores
from engines.pytorch.checkpoints import TrainingState, save
from engines.pytorch.collectives import ProcessGroup
from engines.pytorch.device import TorchDevice
from engines.pytorch.evaluation import Evaluation
from engines.pytorch.instruments import Instruments
from engines.pytorch.networks import Batch
from engines.pytorch.precision import Precision
from engines.training.control import Request
from engines.training.stepper import Means, Stepper, Verdict

RANK_STRIDE = 1 << 40
"""Distance between the dropout seeds of two ranks: more than any number of steps."""


class Averages:
    """Loss and accuracy since the last look, summed on the device so that it is never waited for in between."""

    def __init__(self, device: TorchDevice) -> None:
        self._sums = device.move(torch.zeros(2))
        self._steps = 0

    def add(self, loss: Tensor, top1: Tensor) -> None:
        """One step's means."""
        self._sums += torch.stack([loss.detach(), top1])
        self._steps += 1

    def take(self, group: ProcessGroup) -> Means:
        """The means over steps and ranks."""
        loss, top1 = group.sums(self._sums.tolist())
        count = self._steps * group.size
        self._sums.zero_()
        self._steps = 0
        return Means(loss / count, top1 / count)


class Parts(NamedTuple):
    """The parts of a training. ``model`` computes gradients that are means over the ranks; the network of
    ``state`` is the same without that. ``schedule`` is the learning rate of each 0-based step."""

    state: TrainingState
    model: nn.Module
    precision: Precision
    schedule: Callable[[int], float]
    batches: Iterator[Batch]
    instruments: Instruments
    evaluation: Optional[Evaluation]


class TorchStepper(Stepper):
    """See :class:`Stepper`. Rank 0 looks into the control file; what it finds reaches the others as the ranks
    agree, so that all act on it after the same step."""

    def __init__(self, job: Job, parts: Parts, device: TorchDevice, group: ProcessGroup) -> None:
        super().__init__(job)
        self.live_debugging = True
        self._parts = parts
        self._device = device
        self._group = group
        self._since_line, self._since_evaluation = Averages(device), Averages(device)
        self._overflow = False
        self._found: List[Request] = []
        self._requested = False

    def begin(self, start: int) -> bool:
        """See :class:`Stepper`."""
        return self._agree()

    def take_requests(self) -> List[Request]:
        """See :class:`Stepper`."""
        if not self._requested:
            return []
        requests: List[Request] = self._group.broadcast(self._found)
        self._found = []
        return requests

    def trace(self, first: int, last: int) -> Tuple[int, int]:
        """See :class:`Stepper`."""
        return self._parts.instruments.tracer.schedule(first, last)

    def dump(self, steps: Collection[int]) -> Optional[str]:
        """See :class:`Stepper`."""
        return self._parts.instruments.schedule_dump(steps)

    def run(self, step: int) -> None:
        """See :class:`Stepper`."""
        parts, options, device = self._parts, self.job.options, self._device
        batch = next(parts.batches)
        self.learning_rate = parts.schedule(step - 1)
        for group in parts.state.optimizer.param_groups:
            group["lr"] = self.learning_rate
        device.seed(options.seed + step + RANK_STRIDE * self._group.rank)
        images, labels = device.move(batch.images), device.move(batch.labels)
        parts.state.optimizer.zero_grad(set_to_none=True)
        parts.instruments.before_step(step, batch)
        with parts.precision.context():
            logits = parts.model(parts.precision.input(images))
        logits = logits.float()
        loss = functional.cross_entropy(logits, labels, label_smoothing=options.label_smoothing)
        self._overflow = self._update(step, loss)
        top1 = (logits.detach().argmax(dim=1) == labels).float().mean()
        self._since_line.add(loss, top1)
        self._since_evaluation.add(loss, top1)

    def _update(self, step: int, loss: Tensor) -> bool:
        """Backward and update; returns whether some rank found an overflow.

        After an overflow that ends the training the weights stay as they were.
        """
        parts, optimizer = self._parts, self._parts.state.optimizer
        scaler = parts.precision.scaler
        (loss if scaler is None else scaler.scale(loss)).backward()
        watched = parts.instruments.watches_overflow
        found = parts.instruments.after_backward(step, loss)
        overflow = watched and self._group.sums([float(found)])[0] > 0
        if overflow and self.job.toggles.overflow_stop:
            return True
        if scaler is None:
            optimizer.step()
        else:
            scaler.step(optimizer)
            scaler.update()
        return overflow

    def line_means(self) -> Means:
        """See :class:`Stepper`."""
        means = self._since_line.take(self._group)
        self.loss = means.loss
        return means

    def agree(self, step: int) -> Verdict:
        """See :class:`Stepper`."""
        return Verdict(self._agree(), self._overflow)

    def summary(self, told: Optional[StepNumbers]) -> Dict[str, float]:
        """See :class:`Stepper`; without a line there are no numbers, as the device is not waited for."""
        if told is None:
            return {}
        return {
            "loss": told.loss,
            "top1": told.top1,
            "learning_rate": told.lr,
            "throughput": told.throughput,
        }

    def close(self, step: int, ended: bool) -> None:
        """See :class:`Stepper`."""
        self._parts.instruments.after_step(step, ended)

    def gather(self) -> None:
        """Give every rank the mean of the batch norms' running statistics, which each has from its own images."""
        buffers = [one for one in self._parts.state.network.buffers() if one.is_floating_point()]
        self._group.average(buffers)

    def save(self, path: Path, step: int) -> None:
        """See :class:`Stepper`."""
        save(path, self._parts.state, step)

    def evaluate(self) -> Optional[Scores]:
        """See :class:`Stepper`."""
        assert self._parts.evaluation is not None, "an evaluation is due"
        return self._parts.evaluation.run()

    def evaluation_means(self) -> Means:
        """See :class:`Stepper`."""
        return self._since_evaluation.take(self._group)

    def _agree(self) -> bool:
        """Whether some rank was asked to stop, the same on all of them; also tells all of new requests."""
        if self._group.rank == 0:
            self._found.extend(self.control.take())
        stops, found = self._group.sums([float(self.job.stop.requested), float(len(self._found))])
        self._requested = found > 0
        return stops > 0
