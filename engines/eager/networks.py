"""The part of a TensorFlow 2 engine that the shared trainer asks for: its network, data and recipe."""

from __future__ import annotations

from typing import Callable, NamedTuple, Optional, Tuple

from engines.common.data.sampling import Shard
from engines.common.job import Job
from engines.common.step_plan import StepPlan
from engines.eager.layers import Layers
from engines.inputs.batches import Images
from engines.ops.framework import Tensor
from engines.training.engine import Engine


class Schedule(NamedTuple):
    """The length of a training, its learning rate and its evaluations.

    ``period`` is the steps between evaluations, ``patience`` how many evaluations without a new best one it
    bears.
    """

    plan: StepPlan
    learning_rate: Callable[[int], float]
    period: int
    patience: Optional[int]


class EagerNetwork(Engine):
    """One engine's network and recipe; the trainer asks, the engine answers."""

    draws = 0
    """Number of random numbers that :meth:`training_image` takes for one image."""

    def open_images(self, job: Job, split: str) -> Optional[Images]:
        """The images of ``split``, ``train`` or ``validation``; ``None`` when a stop was asked for."""
        raise NotImplementedError

    def settle(self, images: Images) -> None:
        """Take a look at the data on which the rest depends; comes before all that follows."""

    def schedule(self, images: Images, world_size: int) -> Schedule:
        """The training on ``images``."""
        raise NotImplementedError

    def input_size(self, training: bool) -> int:
        """Side of the square input."""
        raise NotImplementedError

    def logits(self, layers: Layers, images: Tensor) -> Tensor:
        """Class scores ``[batch, classes]`` of ``images`` as :meth:`training_image` makes them."""
        raise NotImplementedError

    def trains(self, variable: str) -> bool:
        """Whether the variable of that name learns."""
        return True

    def mix_weight(self, step: int) -> float:
        """The weight of each image in the mixture with another at the 0-based ``step``; 1 is no mixture."""
        return 1.0

    def mix(self, images: Tensor, targets: Tensor, weight: Tensor) -> Tuple[Tensor, Tensor]:
        """Mixtures of the batch's ``images`` and one-hot ``targets``."""
        return images, targets

    def training_image(self, payload: Tensor, draws: Tensor) -> Tuple[Tensor, Tensor]:
        """Image and label of one record for training; ``draws`` are :attr:`draws` numbers in [0, 1)."""
        raise NotImplementedError

    def evaluation_image(self, payload: Tensor) -> Tuple[Tensor, Tensor]:
        """Image and label of one record for evaluation."""
        raise NotImplementedError

    def from_unit_range(self, images: Tensor) -> Tensor:
        """``images`` in [0, 1], as an exported network takes them, in the form :meth:`logits` does."""
        raise NotImplementedError


def batch_shard(job: Job, training: bool) -> Shard:
    """This rank's part of every batch."""
    options = job.options
    return Shard(
        job.ranks.rank, job.ranks.world_size, options.batch_size if training else options.batch_size_eval
    )
