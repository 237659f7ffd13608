"""The part of a PyTorch engine that the shared trainer asks for: its network, data and recipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, NamedTuple, Optional

from torch import Tensor, nn

from engines.common.job import Job
from engines.common.step_plan import StepPlan
from engines.training.engine import Engine


class Batch(NamedTuple):
    """``images`` float32 ``[n, 3, h, w]`` and ``labels`` int64 ``[n]``; ``weights`` float32 ``[n]`` are 0 for
    images that only fill up an evaluation batch."""

    images: Tensor
    labels: Tensor
    weights: Optional[Tensor] = None


@dataclass(frozen=True)
class TrainingImages:
    """A set of ``count`` images as batches. ``batches`` takes the plan and the 0-based step to start at."""

    count: int
    batches: Callable[[StepPlan, int], Iterator[Batch]]


@dataclass(frozen=True)
class EvaluationImages:
    """The evaluation set: ``count`` images, in batches that hold each of them once over all ranks."""

    count: int
    batches: Callable[[], Iterator[Batch]]


class TorchNetwork(Engine):
    """One engine's network and recipe. The trainer itself reads the flags of :mod:`engines.autoaugment.recipe`
    about optimisation and cadence."""

    def module(self) -> nn.Module:
        """The network, newly initialised from the framework's random numbers."""
        raise NotImplementedError

    def training_images(self, job: Job, threads: int) -> Optional[TrainingImages]:
        """The training set; ``None`` when a stop was asked for."""
        raise NotImplementedError

    def evaluation_images(self, job: Job, threads: int) -> Optional[EvaluationImages]:
        """The evaluation set; ``None`` when a stop was asked for."""
        raise NotImplementedError

    def card(self) -> Dict[str, Any]:
        """The input and the output of the exported network: ``input``, with the example's shape in it,
        ``normalisation``, ``output`` and ``classes``."""
        raise NotImplementedError

    def learning_rate(self, plan: StepPlan, step: int) -> float:
        """The learning rate of the 0-based ``step``."""
        raise NotImplementedError
