"""What an engine tells the shared trainer about its network and recipe."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

from engines.common.flags.settings import Settings
from engines.common.reporting.scores import Scores
from engines.common.reporting.step_numbers import StepNumbers
from engines.graph.initializers import Distribution
from engines.graph.layers import Layers
from engines.training.step_plan import StepPlan


class LossScale(NamedTuple):
    """The factor on the loss under float16, and how it follows overflows; 1 is none.

    A dynamic scale is doubled after ``growth_steps`` steps without overflow and halved after
    ``overflows`` with one; ``growth_steps`` of ``None`` keeps it as it is.
    """

    initial: float = 1.0
    growth_steps: Optional[int] = None
    overflows: int = 2


class Network:
    """One engine's network and recipe; the trainer asks, the engine answers."""

    name = ""
    """The engine's name, as on the command line."""

    draws = 0
    """How many random numbers :meth:`training_image` takes for one image."""

    conv_kernel: Distribution
    dense_kernel: Distribution
    """What initial kernels are drawn from."""

    mean: Sequence[float]
    std: Sequence[float]
    """Normalisation of the network's input, per channel, of values from 0 to 255."""

    average_decay = 0.0
    """Decay of the moving averages that evaluation and export use; 0 for none."""

    loss_scale = LossScale()
    """For the backends that compute in float16."""

    def __init__(self, options: Settings) -> None:
        self.options = options

    def logits(self, layers: Layers, images: Any) -> Any:
        """Class scores ``[batch, classes]`` of ``images`` as :meth:`training_image` makes them."""
        raise NotImplementedError

    def losses(self, logits: Any, labels: Any) -> Any:
        """Loss per image, ``[batch]``, without weight decay."""
        raise NotImplementedError

    def decays(self, name: str) -> bool:
        """Whether weight decay holds for the trained variable ``name``."""
        return True

    def learning_rate(self, plan: StepPlan, step: int) -> float:
        """Learning rate of the 0-based ``step``."""
        raise NotImplementedError

    def optimizer(self, learning_rate: Any) -> Any:
        """A TensorFlow optimizer."""
        raise NotImplementedError

    def steps_between_evaluations(self, plan: StepPlan) -> int:
        """After how many steps mode ``train_and_evaluate`` evaluates."""
        return self.options.epochs_between_evals * plan.steps_per_epoch

    def steps_between_checkpoints(self, plan: StepPlan) -> int:
        """After how many steps a checkpoint is made."""
        return self.options.save_checkpoints_steps or plan.steps_per_epoch

    def training_line(self, numbers: StepNumbers) -> str:
        """The metric line in the engine's own format; loss, learning rate and images/s are always on it."""
        raise NotImplementedError

    def evaluation_lines(self, scores: Scores) -> List[str]:
        """What an evaluation says in the engine's own format, beside what all engines say."""
        return []

    def training_image(self, payload: Any, draws: Any) -> Tuple[Any, Any]:
        """Image and label of one record for training; ``draws`` are :attr:`draws` numbers in [0, 1)."""
        raise NotImplementedError

    def evaluation_image(self, payload: Any) -> Tuple[Any, Any]:
        """Image and label of one record for evaluation."""
        raise NotImplementedError
