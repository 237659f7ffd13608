"""What an evaluation came to, and how it is told."""

from __future__ import annotations

from typing import NamedTuple

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
