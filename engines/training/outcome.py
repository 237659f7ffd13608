"""The start and the end of a run, told as events and as ``result.json``."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Sequence, Tuple

from engines.common.checkpoints.folder import Checkpoint, CheckpointFolder
from engines.common.job import Job
from engines.common.reporting.results import OVERFLOW, Result, Scores, write_result
from engines.common.step_plan import StepPlan


class Outcome(NamedTuple):
    """The end of a training. ``overflow`` when that stopped it; ``scores`` are those of ``scored_step``;
    ``step_time`` is in seconds. What was not measured is ``None``."""

    step: int
    stopped: bool
    overflow: bool
    loss: Optional[float]
    scores: Optional[Scores]
    scored_step: Optional[int]
    step_time: Optional[float]


def announce(job: Job, plan: StepPlan, eval_images: Optional[int], parameters: int, **more: Any) -> None:
    """Tell of the start of a training of ``parameters`` scalars."""
    job.reporter.event(
        "start",
        engine=job.engine,
        backend=job.backend,
        world_size=job.ranks.world_size,
        train_images=plan.train_images,
        eval_images=eval_images,
        steps_per_epoch=plan.steps_per_epoch,
        total_steps=plan.total_steps,
        total_epochs=round(plan.total_epochs, 3),
        parameters=parameters,
        **more,
    )


def training_result(plan: StepPlan, outcome: Outcome, store: CheckpointFolder, parameters: int) -> Result:
    """The result of a training of ``parameters`` scalars whose checkpoints are in ``store``."""
    scores, last, best = outcome.scores, store.last, store.best
    return Result(
        status="stopped" if outcome.stopped else "finished",
        step=outcome.step,
        epoch=plan.epoch(outcome.step),
        top1=scores.top1 if scores else None,
        top5=scores.top5 if scores else None,
        eval_loss=scores.loss if scores else None,
        eval_images=scores.images if scores else None,
        loss=outcome.loss,
        throughput=plan.global_batch / outcome.step_time if outcome.step_time else None,
        step_time=outcome.step_time,
        train_images=plan.train_images,
        parameters=parameters,
        checkpoint=last.path if last else None,
        best_checkpoint=best.path if best else None,
        reason=OVERFLOW if outcome.overflow else None,
    )


def evaluation_result(
    job: Job, scored: Sequence[Tuple[Checkpoint, Scores]], parameters: int, epoch: Optional[float]
) -> Result:
    """The result of mode ``evaluate``: the newest checkpoint's scores, and which checkpoint has the best.

    ``scored`` are the checkpoints that were scored before a stop, by step; ``epoch`` is the newest one's.
    """
    status = "finished" if len(scored) == len(job.scored) else "stopped"
    if not scored:
        return Result(status, 0, parameters=parameters)
    newest, scores = scored[-1]
    return Result(
        status,
        newest.step,
        epoch=epoch,
        top1=scores.top1,
        top5=scores.top5,
        eval_loss=scores.loss,
        eval_images=scores.images,
        parameters=parameters,
        checkpoint=newest.path,
        best_checkpoint=max(scored, key=lambda pair: pair[1].top1)[0].path,
    )


def end_with(job: Job, result: Optional[Result]) -> int:
    """Tell of ``result`` and return the exit code; ``None`` is a stop before there was anything to save."""
    if result is None:
        result = Result("stopped", 0)
    if result.status == "stopped":
        job.reporter.event("stop", step=result.step)
    write_result(job, result)
    return 0
