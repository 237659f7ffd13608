"""The training loop."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple, Optional

from engines.common.checkpoints.files import Checkpoint
from engines.common.dumps.data_dump import DataDump
from engines.common.job import Job
from engines.common.reporting.event_files import EventFile
from engines.common.reporting.scores import Scores
from engines.common.reporting.step_numbers import StepNumbers
from engines.graph.backend import Backend
from engines.graph.checkpoints import CheckpointStore
from engines.graph.datasets import Iterator
from engines.graph.evaluation import evaluate, report
from engines.graph.networks import Network
from engines.graph.towers import EvaluationTower, TrainingTower
from engines.graph.tracing import StepTracer
from engines.training.live_requests import LiveRequests
from engines.training.step_clock import StepClock
from engines.training.step_plan import StepPlan


class Evaluation(NamedTuple):
    """What the trainer needs to evaluate: the tower, its input, and the number of steps."""

    tower: EvaluationTower
    iterator: Iterator
    steps: int


class StepReport(NamedTuple):
    """Numbers of one step, over all ranks; ``stop`` when a rank asked to stop, ``overflow_stop`` when one
    overflowed and the run is to stop on that."""

    loss: float
    decay: float
    top1: float
    top5: float
    lr: float
    stop: bool
    overflow_stop: bool


class Outcome(NamedTuple):
    """How a training ended; what was not measured is ``None``."""

    step: int
    stopped: bool
    last: Optional[StepReport]
    scores: Optional[Scores]
    scores_step: Optional[int]


class Trainer:
    """Runs the steps of one job on one rank."""

    def __init__(
        self,
        job: Job,
        network: Network,
        session: Any,
        backend: Backend,
        plan: StepPlan,
        tower: TrainingTower,
        store: Optional[CheckpointStore],
        evaluation: Optional[Evaluation],
        summaries: EventFile,
    ) -> None:
        self._job = job
        self._network = network
        self._session = session
        self._backend = backend
        self._plan = plan
        self._tower = tower
        self._store = store
        self._evaluation = evaluation
        self._summaries = summaries
        toggles = job.toggles
        self._dump = DataDump(
            job, tower.taps, toggles.dump_steps if job.live_debugging else (), plan.total_steps
        )
        self._tracer = StepTracer(job, toggles.profile_steps if job.live_debugging else None)
        self._requests = LiveRequests(job, self._tracer, self._dump, self._checkpoint)
        display, loop = job.options.display_every, job.options.iterations_per_loop
        self._line_period = display * loop // math.gcd(display, loop)
        self.clock = StepClock()
        self._scores: Optional[Scores] = None
        self._scores_step: Optional[int] = None
        self._last: Optional[StepReport] = None

    def run(self, start: int) -> Outcome:
        """Train from ``start`` finished steps to the end of the plan, or until a stop is asked for."""
        step, stopped = start, False
        if start == 0:
            self._dump.start(self._session, self._tower.parameters)
        while step < self._plan.total_steps and not stopped:
            self._requests.poll(step)
            step += self._backend.steps_per_call
            self._last = self._step(step)
            self._tell(step, self._last)
            stopped = self._last.stop or self._last.overflow_stop or self._evaluate_if_due(step)
            ended = stopped or step >= self._plan.total_steps
            self._tracer.finish(step, ended)
            if ended:
                self._backend.finish(self._session)
            if self._last.overflow_stop:
                self._job.reporter.say(
                    "Stopped by --over_dump_stop; no checkpoint is made of step {}.".format(step)
                )
            elif ended or self._is_due(step, self._network.steps_between_checkpoints(self._plan)):
                self._checkpoint(step)
        return Outcome(step, stopped, self._last, self._scores, self._scores_step)

    def _is_due(self, step: int, every: int) -> bool:
        """Whether the last call passed a multiple of ``every`` steps, or the plan's end."""
        last_call = step - self._backend.steps_per_call
        return step // every > last_call // every or step >= self._plan.total_steps

    def _step(self, step: int) -> StepReport:
        tower = self._tower
        options, metadata = self._tracer.start(step)
        self.clock.start_step()
        values = self._session.run(
            {
                "update": tower.update,
                "means": tower.means,
                "stops": tower.stops,
                "overflows": tower.overflows,
                "decay": tower.decay,
                "lr": tower.lr,
                "dump": self._dump.fetches(step),
            },
            {tower.stop: float(self._job.stop.requested)},
            options,
            metadata,
        )
        self.clock.end_step(self._backend.steps_per_call)
        self._dump.write(step, values["dump"])
        return StepReport(
            loss=float(values["means"][0]),
            decay=float(values["decay"]),
            top1=float(values["means"][1]),
            top5=float(values["means"][2]),
            lr=float(values["lr"]),
            stop=values["stops"] > 0,
            overflow_stop=self._job.toggles.overflow_stop and values["overflows"] > 0,
        )

    def _tell(self, step: int, now: StepReport) -> None:
        """Print the line and write the summaries where they are due."""
        options = self._job.options
        if self._is_due(step, self._line_period):
            self._job.reporter.metrics(self._network.training_line(self._numbers(step, now)))
        if self._is_due(step, options.save_summary_steps):
            total = now.loss + now.decay
            self._summaries.write(
                step, loss=now.loss, total_loss=total, learning_rate=now.lr, top1=now.top1, top5=now.top5
            )

    def _numbers(self, step: int, now: StepReport) -> StepNumbers:
        """What the metric line of the interval that ends now says."""
        seconds = self.clock.end_interval()
        return StepNumbers(
            step=step,
            epoch=self._plan.epoch(step),
            throughput=self._plan.global_batch / seconds,
            call_time=seconds * self._job.options.iterations_per_loop,
            loss=now.loss,
            decay=now.decay,
            lr=now.lr,
            top1=now.top1,
            top5=now.top5,
        )

    def _checkpoint(self, step: int) -> Optional[Path]:
        if self._store is None:
            return None
        path = self._store.path(step)
        if self._store.last != Checkpoint(step, path):
            self._store.save(self._session, step)
            self._job.reporter.event("checkpoint", step=step, path=self._job.relative(path))
        return path

    def _evaluate_if_due(self, step: int) -> bool:
        """Evaluate at the chosen epochs and at the end; ``True`` when a stop was asked for meanwhile."""
        period = self._network.steps_between_evaluations(self._plan)
        if self._evaluation is None or not self._is_due(step, period):
            return False
        scores = evaluate(self._session, self._job, *self._evaluation)
        if scores is None:
            return True
        self._scores, self._scores_step = scores, step
        report(self._job, self._network, step, self._plan.epoch(step), scores)
        self._summaries.write(step, eval__loss=scores.loss, eval__top1=scores.top1, eval__top5=scores.top5)
        self._keep_best(step, scores)
        return False

    def _keep_best(self, step: int, scores: Scores) -> None:
        if self._store is None or not math.isfinite(scores.top1):
            return
        best = self._store.best
        if best is None or scores.top1 > best.top1:
            path = self._checkpoint(step)
            assert path is not None
            self._store.keep_as_best(path, step, scores.top1)
