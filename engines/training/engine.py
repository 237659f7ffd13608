"""The part of a training that each engine decides: the words of its lines."""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence

from engines.common.flags.settings import Settings
from engines.common.job import Job
from engines.common.reporting.reporter import StepNumbers
from engines.common.reporting.results import Scores, tell_scores


class Period(NamedTuple):
    """The training since the evaluation before: means of loss and accuracy, the learning rate of the last step,
    images/s over all ranks without the pauses, and seconds with them. ``steps`` is the length of a period."""

    steps: int
    seconds: float
    loss: float
    top1: float
    lr: float
    throughput: float


class Progress(NamedTuple):
    """The place in the training of the network that was evaluated. ``period`` is ``None`` where no training led
    to it, or its engine does not tell of it."""

    step: int
    epoch: float
    period: Optional[Period] = None


class Engine:
    """One engine's network and recipe: the trainer asks, the engine answers."""

    name = ""
    """The engine's name, as on the command line."""

    def __init__(self, options: Settings) -> None:
        self.options = options

    def training_line(self, numbers: StepNumbers) -> str:
        """The metric line in the engine's own format; loss, learning rate and images/s are always on it."""
        raise NotImplementedError

    def evaluation_lines(self, progress: Progress, scores: Scores) -> Sequence[str]:
        """The lines of an evaluation in the engine's own format; at least one."""
        raise NotImplementedError


def tell_evaluation(job: Job, engine: Engine, progress: Progress, scores: Scores) -> None:
    """Print an evaluation. The numbers are the whole run's, so rank 0 alone speaks."""
    line, *others = engine.evaluation_lines(progress, scores)
    tell_scores(job, line, progress.step, scores)
    if job.ranks.rank == 0:
        for other in others:
            job.reporter.metrics(other)
