"""The scores of an evaluation, and ``result.json``, the result of a run."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Dict, NamedTuple, Optional

from engines.common.atomic import write_json
from engines.common.job import Job
from engines.common.reporting.reporter import finite_or_none


class Scores(NamedTuple):
    """Means over ``images`` images; the accuracies are fractions.

    ``decay`` is what weight decay adds to the loss when this network is trained.
    """

    loss: float
    top1: float
    top5: float
    images: int
    decay: float = 0.0


def tell_scores(job: Job, line: str, step: int, scores: Scores) -> None:
    """Print ``line`` and the event of one evaluation.

    The numbers are the whole run's, so rank 0 alone speaks.
    """
    if job.ranks.rank == 0:
        job.reporter.metrics(line)
        job.reporter.event(
            "evaluation",
            step=step,
            top1=finite_or_none(scores.top1),
            top5=finite_or_none(scores.top5),
            loss=finite_or_none(scores.loss),
            images=scores.images,
        )


OVERFLOW = "overflow"
"""The reason of a training that ended by ``--over_dump_stop``."""


class Result(NamedTuple):
    """``status`` is ``finished`` or ``stopped``; ``reason`` is :data:`OVERFLOW` where that stopped it, ``None``
    where a request did. Accuracies are fractions, ``throughput`` is images/s over all ranks, times are seconds;
    what is not known is ``None``."""

    status: str
    step: int
    epoch: Optional[float] = None
    top1: Optional[float] = None
    top5: Optional[float] = None
    eval_loss: Optional[float] = None
    eval_images: Optional[int] = None
    loss: Optional[float] = None
    throughput: Optional[float] = None
    step_time: Optional[float] = None
    train_images: Optional[int] = None
    parameters: Optional[int] = None
    checkpoint: Optional[Path] = None
    best_checkpoint: Optional[Path] = None
    reason: Optional[str] = None


def write_result(job: Job, result: Result) -> None:
    """Write the result of rank 0 and say so; the other ranks have the same numbers and stay silent."""
    if job.ranks.rank != 0:
        return
    fields: Dict[str, object] = {name: finite_or_none(value) for name, value in result._asdict().items()}
    fields["engine"] = job.engine
    fields["seconds"] = time.time() - job.started
    for name, checkpoint in (("checkpoint", result.checkpoint), ("best_checkpoint", result.best_checkpoint)):
        if checkpoint is not None:
            fields[name] = job.relative(checkpoint)
    path = job.run_dir / "result.json"
    write_json(path, fields)
    job.reporter.event("result", path=job.relative(path))
