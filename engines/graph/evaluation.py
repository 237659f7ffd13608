"""Scoring the evaluation set: every image once, over all ranks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Optional

from engines.common.job import Job
from engines.common.reporting.reporter import evaluation_line
from engines.common.reporting.scores import Scores, tell_scores
from engines.graph.datasets import Iterator
from engines.graph.networks import Network
from engines.graph.towers import EvaluationTower

TABLE_HEADER = " step  epoch  top1    top5     loss   checkpoint_time(UTC)"


def evaluate(
    session: Any, job: Job, tower: EvaluationTower, iterator: Iterator, steps: int
) -> Optional[Scores]:
    """The scores of the variables as they stand, the same on every rank; ``None`` when a stop was asked for.

    The ranks agree on a stop in the sums of each batch, so that none is left waiting.
    """
    session.run(iterator.initializer)
    loss = top1 = top5 = images = 0.0
    for _ in range(steps):
        sums = session.run(tower.sums, {tower.stop: float(job.stop.requested)}).tolist()
        loss, top1, top5, images = loss + sums[0], top1 + sums[1], top5 + sums[2], images + sums[3]
        if sums[4] > 0:
            return None
    decay = float(session.run(tower.decay))
    return Scores(loss / images, top1 / images, top5 / images, round(images), decay)


def report(job: Job, network: Network, step: int, epoch: float, scores: Scores) -> None:
    """Print one evaluation."""
    tell_scores(job, evaluation_line(step, epoch, scores.loss, scores.top1, scores.top5), step, scores)
    if job.ranks.rank == 0:
        for line in network.evaluation_lines(scores):
            job.reporter.metrics(line)


def table_row(step: int, epoch: float, scores: Scores, checkpoint: Optional[Path]) -> str:
    """One row of the table that closes a run, with accuracies in percent as the seed prints them."""
    index = Path(str(checkpoint) + ".index")
    moment = index.stat().st_mtime if checkpoint is not None and index.exists() else time.time()
    return "{:5d}  {:5.1f}  {:5.3f}  {:6.2f}  {:6.2f}  {}".format(
        step,
        epoch,
        100.0 * scores.top1,
        100.0 * scores.top5,
        scores.loss,
        time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment)),
    )
