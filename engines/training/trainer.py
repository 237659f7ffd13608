"""The training loop, the same for every framework and engine."""

from __future__ import annotations

import math
import time
from typing import Optional

from engines.common.checkpoints.folder import Checkpoint, CheckpointFolder
from engines.common.job import Job
from engines.common.reporting.event_files import EventFile
from engines.common.reporting.reporter import StepNumbers
from engines.common.reporting.results import Scores
from engines.common.step_plan import StepPlan
from engines.training.engine import Engine, Period, Progress, tell_evaluation
from engines.training.live_requests import LiveRequests
from engines.training.outcome import Outcome
from engines.training.step_clock import StepClock
from engines.training.stepper import Means, Stepper


class Trainer:
    """Runs the steps of one job on one rank.

    ``store`` is ``None`` where this rank keeps no checkpoints; ``period`` is the number of steps between
    evaluations, ``None`` where there are none.
    """

    def __init__(
        self,
        job: Job,
        engine: Engine,
        plan: StepPlan,
        stepper: Stepper,
        store: Optional[CheckpointFolder],
        period: Optional[int],
    ) -> None:
        options = job.options
        self._job = job
        self._engine = engine
        self._plan = plan
        self._stepper = stepper
        self._store = store
        self._period = period
        self._loop = options.iterations_per_loop
        self._line_period = options.display_every * self._loop // math.gcd(options.display_every, self._loop)
        self._checkpoint_period = options.save_checkpoints_steps or plan.steps_per_epoch
        self._requests = LiveRequests(job, stepper, plan.total_steps, self._checkpoint)
        self._events = EventFile(job.run_dir / "events" if job.ranks.rank == 0 else None)
        self._line_clock, self._period_clock = StepClock(), StepClock()
        self._period_started = time.monotonic()
        self._summary_due = False
        self._scores: Optional[Scores] = None
        self._scored_step: Optional[int] = None

    def run(self, start: int) -> Outcome:
        """Train from ``start`` finished steps to the end of the plan, until it gets no better, or until a stop
        is asked for."""
        total, stepper = self._plan.total_steps, self._stepper
        step, overflow, exhausted = start, False, False
        stopped = stepper.begin(start)
        while step < total and not stopped and not exhausted:
            self._requests.act(step)
            step += stepper.steps_per_call
            stopped, overflow = self._step(step)
            stopped = stopped or overflow or self._evaluate_if_due(step)
            exhausted = stepper.exhausted()
            ended = stopped or exhausted or step >= total
            stepper.close(step, ended)
            if overflow:
                self._job.reporter.say(
                    "Stopped by --over_dump_stop; no checkpoint is made of step {}.".format(step)
                )
            elif ended or self._is_due(step, self._checkpoint_period):
                self._checkpoint(step)
        if exhausted and not stopped:
            stopped = self._return_to_best(step)
        return Outcome(
            step=step,
            stopped=stopped,
            overflow=overflow,
            loss=stepper.loss,
            scores=self._scores,
            scored_step=self._scored_step,
            step_time=self._line_clock.mean_step_time(),
        )

    def _is_due(self, step: int, every: int) -> bool:
        """Whether the last call passed a multiple of ``every`` steps, or the plan's end."""
        before = step - self._stepper.steps_per_call
        return step // every > before // every or step >= self._plan.total_steps

    def _step(self, step: int) -> "tuple[bool, bool]":
        """Make the steps up to ``step`` and tell of them; returns whether a rank was asked to stop, and whether
        an overflow is to stop the training."""
        stepper, clocks = self._stepper, (self._line_clock, self._period_clock)
        for clock in clocks:
            clock.start_step()
        stepper.run(step)
        means = stepper.line_means() if self._is_due(step, self._line_period) else None
        for clock in clocks:
            clock.end_step(stepper.steps_per_call)
        verdict = stepper.agree(step)
        self._tell(step, self._numbers(step, means) if means is not None else None)
        return verdict.stop, verdict.overflow and self._job.toggles.overflow_stop

    def _numbers(self, step: int, means: Means) -> StepNumbers:
        """The numbers of the metric line whose interval ends now."""
        seconds = self._line_clock.end_interval()
        return StepNumbers(
            step=step,
            epoch=self._plan.epoch(step),
            throughput=self._plan.global_batch / seconds,
            call_time=seconds * self._loop,
            loss=means.loss,
            decay=means.decay,
            lr=self._stepper.learning_rate,
            top1=means.top1,
            top5=means.top5,
            total_steps=self._plan.total_steps,
        )

    def _tell(self, step: int, numbers: Optional[StepNumbers]) -> None:
        """Print the line where there is one, and write the summaries once they are due and known."""
        if numbers is not None:
            self._job.reporter.metrics(self._engine.training_line(numbers))
        if self._summary_due or self._is_due(step, self._job.options.save_summary_steps):
            points = self._stepper.summary(numbers)
            self._summary_due = not points
            if points:
                self._events.write(step, **points)

    def _checkpoint(self, step: int) -> bool:
        """Write the checkpoint of ``step`` unless it is there; ``False`` where this rank keeps none."""
        self._stepper.gather()
        if self._store is None:
            return False
        self._save(self._store, step)
        return True

    def _save(self, store: CheckpointFolder, step: int) -> Checkpoint:
        checkpoint = Checkpoint(step, store.path(step))
        if store.last != checkpoint:
            store.folder.mkdir(parents=True, exist_ok=True)
            self._stepper.save(checkpoint.path, step)
            store.drop_oldest()
            self._job.reporter.event("checkpoint", step=step, path=self._job.relative(checkpoint.path))
        return checkpoint

    def _evaluate_if_due(self, step: int) -> bool:
        """Evaluate after every period and at the end; ``True`` when a stop was asked for meanwhile."""
        if self._period is None or not self._is_due(step, self._period):
            return False
        self._stepper.gather()
        scores = self._stepper.evaluate()
        if scores is None:
            return True
        self._scores, self._scored_step = scores, step
        progress = Progress(step, self._plan.epoch(step), self._end_period(self._period))
        tell_evaluation(self._job, self._engine, progress, scores)
        self._events.write(step, eval__loss=scores.loss, eval__top1=scores.top1, eval__top5=scores.top5)
        self._keep_best(step, scores.top1)
        return False

    def _keep_best(self, step: int, top1: float) -> None:
        """Have every rank judge the evaluation, and keep its checkpoint where it is the best."""
        store = self._store
        best = self._stepper.is_best(top1, store.best if store is not None else None)
        if best and store is not None:
            store.keep_as_best(self._save(store, step).path, step, top1)

    def _end_period(self, steps: int) -> Optional[Period]:
        """The training since the last evaluation."""
        means = self._stepper.evaluation_means()
        if means is None:
            return None
        now = time.monotonic()
        seconds, self._period_started = now - self._period_started, now
        throughput = self._plan.global_batch / self._period_clock.end_interval()
        return Period(steps, seconds, means.loss, means.top1, self._stepper.learning_rate, throughput)

    def _return_to_best(self, step: int) -> bool:
        """Take the weights of the best evaluation and score them once more, as what the training came to;
        ``True`` when a stop was asked for meanwhile."""
        best = self._store.best if self._store is not None else None
        if best is not None:
            self._job.reporter.say(
                "Early stopping at step {}: the best weights are those of step {}.".format(step, best.step)
            )
        stopped = self._stepper.return_to(best.path if best is not None else None)
        scores = None if stopped else self._stepper.evaluate()
        if scores is None:
            return True
        self._scores, self._scored_step = scores, best.step if best is not None else None
        if best is not None:
            progress = Progress(best.step, self._plan.epoch(best.step))
            tell_evaluation(self._job, self._engine, progress, scores)
        return False
