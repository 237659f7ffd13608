"""The part of a training that each framework does in its own way."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Collection, Dict, List, NamedTuple, Optional, Tuple

from engines.common.checkpoints.folder import Best
from engines.common.job import Job
from engines.common.reporting.reporter import StepNumbers
from engines.common.reporting.results import Scores
from engines.training.control import ControlFile, Request


class Means(NamedTuple):
    """Training numbers over all ranks: of one step, or averaged over several.

    Accuracies are fractions; ``decay`` is the weight decay's part of what is minimised. What the framework does
    not measure is not a number.
    """

    loss: float
    top1: float
    top5: float = math.nan
    decay: float = 0.0


class Verdict(NamedTuple):
    """The agreement of the ranks after a call, the same on every one: ``stop`` when one was asked to stop,
    ``overflow`` when one found values that are not finite."""

    stop: bool
    overflow: bool


class Stepper:
    """One rank's steps of one training in some framework.

    The trainer calls :meth:`begin` once, then for every call of the device :meth:`take_requests`, :meth:`run`,
    :meth:`line_means` where a metric line is due, :meth:`agree` and :meth:`close`. Each is called on every rank
    at the same step, unless it says otherwise.
    """

    steps_per_call = 1
    """Training steps that one :meth:`run` makes."""

    learning_rate = math.nan
    """The learning rate of the last step."""

    loss: Optional[float] = None
    """The loss last known to the host."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.control = ControlFile(job.run_dir / "control.json", job.started)
        self.live_debugging = job.live_debugging
        """Whether :meth:`trace` and :meth:`dump` work while the training runs."""

    def begin(self, start: int) -> bool:
        """``start`` steps were done before; ``True`` when a rank was asked to stop meanwhile."""
        return False

    def take_requests(self) -> List[Request]:
        """The requests that are new to this rank."""
        return self.control.take()

    def trace(self, first: int, last: int) -> Tuple[int, int]:
        """Trace the steps ``first`` to ``last``, both included; returns the range that will be traced.

        Raises ``ValueError`` with a sentence where another range is in the way.
        """
        raise NotImplementedError

    def dump(self, steps: Collection[int]) -> Optional[str]:
        """Dump the tensors of ``steps``, or say why not."""
        raise NotImplementedError

    def run(self, step: int) -> None:
        """Make :attr:`steps_per_call` steps, of which the last is ``step``."""
        raise NotImplementedError

    def line_means(self) -> Means:
        """The means that the metric line tells, waiting for the device where it has to."""
        raise NotImplementedError

    def agree(self, step: int) -> Verdict:
        """Write what was dumped of the call that made ``step``, and agree with the other ranks."""
        raise NotImplementedError

    def summary(self, told: Optional[StepNumbers]) -> Dict[str, float]:
        """The points for TensorBoard after a call of which ``told`` is the metric line, if it has one; empty
        where there are no numbers yet."""
        raise NotImplementedError

    def close(self, step: int, ended: bool) -> None:
        """``step`` is done; ``ended`` when no other follows."""
        raise NotImplementedError

    def gather(self) -> None:
        """Make one network of the ranks' before it is scored or saved."""

    def save(self, path: Path, step: int) -> None:
        """Write the checkpoint of ``step``. Called on the rank that keeps checkpoints alone."""
        raise NotImplementedError

    def evaluate(self) -> Optional[Scores]:
        """The scores of the network as it stands; ``None`` when a rank was asked to stop."""
        raise NotImplementedError

    def evaluation_means(self) -> Optional[Means]:
        """Means over the steps since the last evaluation; ``None`` where the engine does not tell them."""
        return None

    def is_best(self, top1: float, kept: Optional[Best]) -> bool:
        """Whether an evaluation is the best so far; ``kept`` is the best checkpoint that this rank keeps."""
        return math.isfinite(top1) and (kept is None or top1 > kept.top1)

    def exhausted(self) -> bool:
        """Whether the training gets no better, so that it ends with its best weights."""
        return False

    def return_to(self, best: Optional[Path]) -> bool:
        """Take the weights of the checkpoint ``best``, which rank 0 knows; ``True`` when a rank was asked to
        stop meanwhile."""
        raise NotImplementedError
