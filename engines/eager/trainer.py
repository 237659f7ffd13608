"""The training loop."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Iterator, NamedTuple, Optional

from engines.common.checkpoints.files import Checkpoint
from engines.common.dumps.data_dump import DataDump
from engines.common.dumps.taps import Taps
from engines.common.job import Job
from engines.common.reporting.event_files import EventFile
from engines.common.reporting.scores import Scores, tell_scores
from engines.common.reporting.step_numbers import StepNumbers
from engines.eager.backend import Backend
from engines.eager.checkpoints import CheckpointStore
from engines.eager.evaluation import Evaluation
from engines.eager.framework import tf
from engines.eager.networks import Network, Progress, Schedule
from engines.eager.restore import resume
from engines.eager.state import TrainingState
from engines.eager.steps import StepInput, TrainingStep, share
from engines.eager.tracing import StepTracer
from engines.training.live_requests import LiveRequests
from engines.training.step_clock import StepClock


class StepReport(NamedTuple):
    """Numbers of one step, means over all ranks; ``stop`` when a rank asked to stop, ``overflow_stop`` when one
    overflowed and the run is to stop on that, ``applied`` unless the update was left out."""

    loss: float
    top1: float
    top5: float
    lr: float
    stop: bool
    overflow_stop: bool
    applied: bool


class Outcome(NamedTuple):
    """How a training ended; what was not measured is ``None``."""

    step: int
    stopped: bool
    overflow_stop: bool
    loss: Optional[float]
    scores: Optional[Scores]
    step_time: Optional[float]


class Averages:
    """Means of loss and accuracy over the steps since the last look."""

    def __init__(self) -> None:
        self._reports = 0
        self._sums = [0.0, 0.0, 0.0]

    def add(self, now: StepReport) -> None:
        """Take in one step."""
        self._reports += 1
        self._sums = [a + b for a, b in zip(self._sums, (now.loss, now.top1, now.top5))]

    def take(self) -> "tuple[float, float, float]":
        """Loss, top1 and top5 since the last call."""
        loss, top1, top5 = (one / self._reports for one in self._sums)
        self._reports, self._sums = 0, [0.0, 0.0, 0.0]
        return loss, top1, top5


class StepTaps(Taps):
    """The taps of ``step`` as far as they are asked for their size."""

    def __init__(self, step: TrainingStep) -> None:
        super().__init__()
        self._step = step

    @property
    def size(self) -> int:
        """See :class:`Taps`."""
        return self._step.dump_size()


class Parts(NamedTuple):
    """What a training consists of. ``store`` is ``None`` where this rank writes no checkpoints, ``evaluation``
    where there is none."""

    network: Network
    schedule: Schedule
    state: TrainingState
    store: Optional[CheckpointStore]
    evaluation: Optional[Evaluation]
    events: EventFile


class Trainer:
    """Runs the steps of one job on one rank."""

    def __init__(self, job: Job, backend: Backend, parts: Parts) -> None:
        self._job = job
        self._backend = backend
        self._parts = parts
        self._plan = parts.schedule.plan
        self._train = TrainingStep(job, parts.network, backend, parts.state)
        live = job.live_debugging
        steps = job.toggles.dump_steps if live else ()
        self._dump = DataDump(job, StepTaps(self._train), steps, self._plan.total_steps)
        self._tracer = StepTracer(job, job.toggles.profile_steps if live else None)
        self._requests = LiveRequests(job, self._tracer, self._dump, self._checkpoint)
        self._clock = StepClock()
        self._since_line, self._since_evaluation = Averages(), Averages()
        self._evaluated = time.monotonic()
        self._loss: Optional[float] = None
        self._scores: Optional[Scores] = None

    def run(self, start: int, batches: Iterator[Any]) -> Outcome:
        """Train from ``start`` finished steps to the end of the plan, until it gets no better, or until a stop
        is asked for."""
        step, stopped, overflow_stop, exhausted = start, False, False, False
        if start == 0 and self._dump.due(0):
            variables = self._parts.state.parameters.variables
            self._dump.write(0, {name: variable.numpy() for name, variable in variables.items()})
        while step < self._plan.total_steps and not stopped and not exhausted:
            self._requests.poll(step)
            step += 1
            now = self._step(step, batches)
            self._tell(step, now)
            overflow_stop = now.overflow_stop
            stopped = now.stop or overflow_stop or self._evaluate_if_due(step)
            exhausted = self._parts.state.early_stopping.exhausted(self._parts.schedule.patience)
            ended = stopped or exhausted or step == self._plan.total_steps
            self._tracer.finish(step, ended)
            if overflow_stop:
                self._job.reporter.say(
                    "Stopped by --over_dump_stop; no checkpoint is made of step {}.".format(step)
                )
            elif ended or step % self._job.options.save_checkpoints_steps == 0:
                self._checkpoint(step)
        if exhausted and not stopped:
            stopped = self._return_to_best(step)
        step_time = self._clock.mean_step_time()
        return Outcome(step, stopped, overflow_stop, self._loss, self._scores, step_time)

    def _step(self, step: int, batches: Iterator[Any]) -> StepReport:
        lr = self._parts.schedule.learning_rate(step - 1)
        dump = self._dump.due(step)
        self._clock.start_step()
        with self._tracer.start(step):
            images, labels = next(batches)
            given = [lr, self._parts.network.mix_weight(step - 1), float(self._job.stop.requested)]
            inputs = StepInput(*(tf.constant(value, tf.float32) for value in given))
            result = self._train(images, labels, inputs, dump)
            loss, top1, top5, stops, overflows, applied = result["numbers"].numpy().tolist()
        self._clock.end_step()
        if dump:
            self._dump.write(step, {name: tensor.numpy() for name, tensor in result["dump"].items()})
        overflow_stop = self._job.toggles.overflow_stop and overflows > 0
        return StepReport(loss, top1, top5, lr, stops > 0, overflow_stop, applied > 0)

    def _tell(self, step: int, now: StepReport) -> None:
        """Print the line and write the summaries where they are due."""
        options, last = self._job.options, step == self._plan.total_steps
        self._since_line.add(now)
        self._since_evaluation.add(now)
        if not now.applied:
            self._job.reporter.say("Gradient overflow in step {}; the update is left out.".format(step))
        if step % options.display_every == 0 or last:
            seconds = self._clock.end_interval()
            self._loss, top1, top5 = self._since_line.take()
            numbers = StepNumbers(
                step=step,
                epoch=self._plan.epoch(step),
                throughput=self._plan.global_batch / seconds,
                call_time=seconds,
                loss=self._loss,
                decay=0.0,
                lr=now.lr,
                top1=top1,
                top5=top5,
            )
            self._job.reporter.metrics(self._parts.network.training_line(numbers))
        if step % options.save_summary_steps == 0 or last:
            self._parts.events.write(step, loss=now.loss, learning_rate=now.lr, top1=now.top1, top5=now.top5)

    def _checkpoint(self, step: int) -> Optional[Path]:
        store = self._parts.store
        if store is None:
            return None
        path = store.path(step)
        if store.last != Checkpoint(step, path):
            store.save(self._parts.state.variables, step)
            self._job.reporter.event("checkpoint", step=step, path=self._job.relative(path))
        return path

    def _evaluate_if_due(self, step: int) -> bool:
        """Evaluate after every period and at the end; ``True`` when a stop was asked for meanwhile."""
        evaluation, schedule = self._parts.evaluation, self._parts.schedule
        if evaluation is None or (step % schedule.period and step != self._plan.total_steps):
            return False
        scores = evaluation.run()
        if scores is None:
            return True
        self._scores = scores
        self._tell_evaluation(step, scores)
        best = self._parts.state.early_stopping.judge(scores.top1)
        if best and self._parts.store is not None:
            path = self._checkpoint(step)
            assert path is not None
            self._parts.store.keep_as_best(path, step, scores.top1)
        return False

    def _tell_evaluation(self, step: int, scores: Scores) -> None:
        period, now = self._parts.schedule.period, time.monotonic()
        loss, top1, _ = self._since_evaluation.take()
        progress = Progress(
            step=step,
            epoch=self._plan.epoch(step),
            loss=loss,
            top1=top1,
            seconds=now - self._evaluated,
            period=-(-step // period),
            periods=-(-self._plan.total_steps // period),
            steps=period,
        )
        self._evaluated = now
        line, *others = self._parts.network.evaluation_lines(progress, scores)
        tell_scores(self._job, line, step, scores)
        for other in others if self._job.ranks.rank == 0 else ():
            self._job.reporter.say(other)
        self._parts.events.write(step, eval__loss=scores.loss, eval__top1=scores.top1, eval__top5=scores.top5)

    def _return_to_best(self, step: int) -> bool:
        """Take the weights of the best evaluation and score them once more, as what the training came to;
        ``True`` when a stop was asked for meanwhile."""
        parts, evaluation = self._parts, self._parts.evaluation
        assert evaluation is not None
        weights = parts.state.parameters.variables
        best = parts.store.best if parts.store is not None else None
        if best is not None:
            resume(best.path, weights)
            self._job.reporter.say(
                "Early stopping at step {}: the best weights are those of step {}.".format(step, best.step)
            )
        if share(self._backend, list(weights.values()), self._job.stop.requested, "share_best"):
            return True
        scores = evaluation.run()
        if scores is None:
            return True
        self._scores = scores
        if best is not None:
            progress = Progress(best.step, self._plan.epoch(best.step))
            tell_scores(self._job, parts.network.evaluation_lines(progress, scores)[0], best.step, scores)
        return False
