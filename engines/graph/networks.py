"""The part of a graph-mode engine that the shared trainer asks for: its network, data and recipe."""

from __future__ import annotations

from typing import List, Sequence, Tuple

from engines.common.reporting.reporter import evaluation_line
from engines.common.reporting.results import Scores
from engines.common.step_plan import StepPlan
from engines.graph.initializers import Distribution
from engines.graph.layers import Layers
from engines.graph.optimizer import LossScale, Optimizer
from engines.ops.framework import Tensor
from engines.training.engine import Engine, Progress


class GraphNetwork(Engine):
    """One engine's network and recipe; the trainer asks, the engine answers."""

    draws = 0
    """Number of random numbers that :meth:`training_image` takes for one image."""

    conv_kernel: Distribution
    dense_kernel: Distribution
    """The distributions of initial kernels."""

    mean: Sequence[float]
    std: Sequence[float]
    """Normalisation of the network's input, per channel, of values from 0 to 255."""

    average_decay = 0.0
    """Decay of the moving averages that evaluation and export use; 0 for none."""

    loss_scale = LossScale()
    """For the devices that compute in float16."""

    def logits(self, layers: Layers, images: Tensor) -> Tensor:
        """Class scores ``[batch, classes]`` of ``images`` as :meth:`training_image` makes them."""
        raise NotImplementedError

    def losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Loss per image, ``[batch]``, without weight decay."""
        raise NotImplementedError

    def decays(self, name: str) -> bool:
        """Whether weight decay holds for the trained variable ``name``."""
        return True

    def learning_rate(self, plan: StepPlan, step: int) -> float:
        """Learning rate of the 0-based ``step``."""
        raise NotImplementedError

    def optimizer(self, learning_rate: Tensor) -> Optimizer:
        """A TensorFlow optimizer."""
        raise NotImplementedError

    def steps_between_evaluations(self, plan: StepPlan) -> int:
        """After how many steps mode ``train_and_evaluate`` evaluates."""
        return self.options.epochs_between_evals * plan.steps_per_epoch

    def evaluation_lines(self, progress: Progress, scores: Scores) -> List[str]:
        """See :class:`Engine`; the same line for all."""
        return [evaluation_line(progress.step, progress.epoch, scores.loss, scores.top1, scores.top5)]

    def training_image(self, payload: Tensor, draws: Tensor) -> Tuple[Tensor, Tensor]:
        """Image and label of one record for training; ``draws`` are :attr:`draws` numbers in [0, 1)."""
        raise NotImplementedError

    def evaluation_image(self, payload: Tensor) -> Tuple[Tensor, Tensor]:
        """Image and label of one record for evaluation."""
        raise NotImplementedError
