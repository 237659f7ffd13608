"""What an engine hands to the shared trainer."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, NamedTuple, Optional

from torch import Tensor, nn

from engines.common.flags.settings import Settings
from engines.common.job import Job
from engines.training.step_plan import StepPlan


class Batch(NamedTuple):
    """``images`` float32 ``[n, 3, h, w]`` and ``labels`` int64 ``[n]``; ``weights`` float32 ``[n]`` are 0 for
    images that only fill up an evaluation batch."""

    images: Tensor
    labels: Tensor
    weights: Optional[Tensor] = None


class Images(NamedTuple):
    """A set of ``count`` images as batches. ``batches`` takes the plan and the 0-based step to start at."""

    count: int
    batches: Callable[[StepPlan, int], Iterator[Batch]]


class EvaluationImages(NamedTuple):
    """The evaluation set: ``count`` images, in batches that hold each of them once over all ranks."""

    count: int
    batches: Callable[[], Iterator[Batch]]


class Engine:
    """A network with its recipe. ``options`` are the flags as the engine's recipe reads them; what the
    trainer itself reads of them are the flags of :mod:`engines.autoaugment.recipe` about optimisation and
    cadence."""

    def __init__(self, options: Settings) -> None:
        self.options = options

    def network(self) -> nn.Module:
        """The network, newly initialised from the framework's random numbers."""
        raise NotImplementedError

    def training_images(self, job: Job, threads: int) -> Optional[Images]:
        """The training set; ``None`` when a stop was asked for."""
        raise NotImplementedError

    def evaluation_images(self, job: Job, threads: int) -> Optional[EvaluationImages]:
        """The evaluation set; ``None`` when a stop was asked for."""
        raise NotImplementedError

    def card(self) -> Dict[str, Any]:
        """What an exported network needs to be fed with and gives: ``input``, with the example's shape in it,
        ``normalisation``, ``output`` and ``classes``."""
        raise NotImplementedError

    def learning_rate(self, plan: StepPlan, step: int) -> float:
        """The learning rate of the 0-based ``step``."""
        raise NotImplementedError
