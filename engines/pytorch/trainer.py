"""The training loop."""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional

import torch
from torch import Tensor, nn
from torch.nn import functional

from engines.common.job import Job
from engines.common.reporting.event_files import EventFile
from engines.common.reporting.scores import Scores, tell_scores
from engines.pytorch.backend import Backend
from engines.pytorch.checkpoints import NETWORK, OPTIMIZER, SCALER, CheckpointStore
from engines.pytorch.instruments import Instruments
from engines.pytorch.lines import epoch_line, training_line
from engines.pytorch.precision import Precision
from engines.pytorch.ranks import Group
from engines.pytorch.requests import Requests
from engines.pytorch.training import Batch
from engines.training.step_clock import StepClock
from engines.training.step_plan import StepPlan

RANK_STRIDE = 1 << 40
"""Distance between the dropout seeds of two ranks: more than any number of steps."""


class Averages:
    """Loss and accuracy since the last look, summed on the device so that it is never waited for in between."""

    def __init__(self, backend: Backend) -> None:
        self.clock = StepClock()
        self._sums: Tensor = backend.move(torch.zeros(2))
        self._steps = 0

    def add(self, loss: Tensor, top1: Tensor) -> None:
        """One step's means."""
        self._sums += torch.stack([loss.detach(), top1])
        self._steps += 1

    def take(self, group: Group) -> "tuple[float, float]":
        """The means over steps and ranks."""
        loss, top1 = group.sums(self._sums.tolist())
        count = self._steps * group.size
        self._sums.zero_()
        self._steps = 0
        return loss / count, top1 / count


class Outcome(NamedTuple):
    """How a training ended; what was not measured is ``None``."""

    step: int
    stopped: bool
    overflow_stop: bool
    loss: Optional[float]
    scores: Optional[Scores]
    step_time: Optional[float]


class Parts(NamedTuple):
    """What a training consists of. ``model`` computes gradients that are means over the ranks; ``network`` is
    the same without that. ``store`` is ``None`` where this rank writes no checkpoints."""

    network: nn.Module
    model: nn.Module
    optimizer: torch.optim.Optimizer
    precision: Precision
    learning_rate: Callable[[int], float]
    store: Optional[CheckpointStore]
    events: EventFile
    instruments: Instruments
    evaluate: Optional[Callable[[], Optional[Scores]]]


class Trainer:
    """Runs the steps of one job on one rank."""

    def __init__(self, job: Job, plan: StepPlan, parts: Parts, backend: Backend, group: Group) -> None:
        self._job = job
        self._options = job.options
        self._plan = plan
        self._parts = parts
        self._backend = backend
        self._group = group
        self._line = Averages(backend)
        self._epoch = Averages(backend)
        self._requests = Requests(job, group, parts.instruments, plan.total_steps)
        self._loss: Optional[float] = None
        self._scores: Optional[Scores] = None

    def run(self, start: int, batches: Iterator[Batch]) -> Outcome:
        """Train from ``start`` finished steps to the end of the plan, or until a rank is asked to stop."""
        step, stopped, overflow_stop = start, self._agree(start), False
        while step < self._plan.total_steps and not stopped:
            step += 1
            overflow_stop = self._timed_step(step, batches) and self._job.toggles.overflow_stop
            stopped = overflow_stop or self._agree(step) or self._evaluate_if_due(step)
            ended = stopped or step == self._plan.total_steps
            self._parts.instruments.after_step(step, ended)
            if overflow_stop:
                self._job.reporter.say(
                    "Stopped by --over_dump_stop; no checkpoint is made of step {}.".format(step)
                )
            elif ended or step % self._options.save_checkpoints_steps == 0:
                self._checkpoint(step)
        step_time = self._line.clock.mean_step_time()
        return Outcome(step, stopped, overflow_stop, self._loss, self._scores, step_time)

    def _timed_step(self, step: int, batches: Iterator[Batch]) -> bool:
        """One step with what is printed of it; ``True`` where some rank found an overflow.

        The clock counts the wait for the batch and for the device.
        """
        due = step % self._options.display_every == 0 or step == self._plan.total_steps
        clocks = (self._line.clock, self._epoch.clock)
        for clock in clocks:
            clock.start_step()
        lr, overflow = self._step(step, next(batches))
        means = self._line.take(self._group) if due else None
        for clock in clocks:
            clock.end_step()
        if means is not None:
            self._tell(step, means, lr)
        return overflow

    def _step(self, step: int, batch: Batch) -> "tuple[float, bool]":
        """Forward, backward and update; returns the learning rate and whether there was an overflow."""
        parts, options = self._parts, self._options
        lr = parts.learning_rate(step - 1)
        for group in parts.optimizer.param_groups:
            group["lr"] = lr
        self._backend.seed(options.seed + step + RANK_STRIDE * self._group.rank)
        images, labels = self._backend.move(batch.images), self._backend.move(batch.labels)
        parts.optimizer.zero_grad(set_to_none=True)
        parts.instruments.before_step(step, batch)
        with parts.precision.context():
            logits = parts.model(parts.precision.input(images))
        logits = logits.float()
        loss = functional.cross_entropy(logits, labels, label_smoothing=options.label_smoothing)
        overflow = self._update(step, loss)
        top1 = (logits.detach().argmax(dim=1) == labels).float().mean()
        self._line.add(loss, top1)
        self._epoch.add(loss, top1)
        return lr, overflow

    def _update(self, step: int, loss: Tensor) -> bool:
        """Backward and update. After an overflow that ends the training the weights stay as they were."""
        parts = self._parts
        scaler = parts.precision.scaler
        (loss if scaler is None else scaler.scale(loss)).backward()
        watched = parts.instruments.watches_overflow
        found = parts.instruments.after_backward(step, loss)
        overflow = watched and self._group.sums([float(found)])[0] > 0
        if overflow and self._job.toggles.overflow_stop:
            return True
        if scaler is None:
            parts.optimizer.step()
        else:
            scaler.step(parts.optimizer)
            scaler.update()
        return overflow

    def _agree(self, step: int) -> bool:
        """Act on requests; returns whether some rank was asked to stop, the same on all of them."""
        stops, requests = self._group.sums([float(self._job.stop.requested), self._requests.look()])
        if requests > 0:
            self._requests.act(step, lambda: self._checkpoint(step))
        return stops > 0

    def _tell(self, step: int, means: "tuple[float, float]", lr: float) -> None:
        """Print the line, and write the summaries where they are due."""
        plan = self._plan
        seconds = self._line.clock.end_interval()
        self._loss, top1 = means
        throughput = plan.global_batch / seconds
        self._job.reporter.metrics(
            training_line(self._loss, top1, throughput, lr, step, plan.total_steps, plan.epoch(step), seconds)
        )
        period, last = self._options.save_summary_steps, step == plan.total_steps
        if last or step // period > (step - self._options.display_every) // period:
            self._parts.events.write(
                step, loss=self._loss, top1=top1, learning_rate=lr, throughput=throughput
            )

    def _evaluate_if_due(self, step: int) -> bool:
        """Evaluate at the chosen epochs and at the end; ``True`` when a stop was asked for meanwhile."""
        plan, parts = self._plan, self._parts
        if parts.evaluate is None:
            return False
        if step % (self._options.epochs_between_evals * plan.steps_per_epoch) and step != plan.total_steps:
            return False
        self._average_statistics()
        scores = parts.evaluate()
        if scores is None:
            return True
        self._scores = scores
        loss, top1 = self._epoch.take(self._group)
        throughput = plan.global_batch / self._epoch.clock.end_interval()
        line = epoch_line(
            loss, top1, throughput, parts.learning_rate(step - 1), step, plan.epoch(step), scores
        )
        tell_scores(self._job, line, step, scores)
        parts.events.write(step, eval__loss=scores.loss, eval__top1=scores.top1, eval__top5=scores.top5)
        self._keep_best(step, scores)
        return False

    def _keep_best(self, step: int, scores: Scores) -> None:
        store = self._parts.store
        if store is None or not math.isfinite(scores.top1):
            return
        best = store.best
        if best is None or scores.top1 > best.top1:
            self._write_checkpoint(store, step)
            store.keep_as_best(store.path(step), step, scores.top1)

    def _checkpoint(self, step: int) -> bool:
        """Write the checkpoint of ``step``, on every rank together as the statistics are averaged.

        ``False`` where this rank writes none.
        """
        self._average_statistics()
        if self._parts.store is None:
            return False
        self._write_checkpoint(self._parts.store, step)
        return True

    def _write_checkpoint(self, store: CheckpointStore, step: int) -> None:
        if store.path(step).exists():
            return
        path = store.save(step, self._state())
        self._job.reporter.event("checkpoint", step=step, path=self._job.relative(path))

    def _state(self) -> Dict[str, Any]:
        """All that a resumed training cannot derive from flags and step; random numbers it can."""
        parts = self._parts
        state = {NETWORK: parts.network.state_dict(), OPTIMIZER: parts.optimizer.state_dict()}
        if parts.precision.scaler is not None:
            state[SCALER] = parts.precision.scaler.state_dict()
        return state

    def _average_statistics(self) -> None:
        """Give every rank the mean of the batch norms' running statistics, which each has from its own images."""
        buffers: List[Tensor] = [one for one in self._parts.network.buffers() if one.is_floating_point()]
        self._group.average(buffers)
