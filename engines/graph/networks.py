"""What an engine tells the shared trainer about its network and recipe."""

from __future__ import annotations

import argparse
from typing import Any, Tuple

from engines.common.plan import StepPlan
from engines.graph.layers import Layers


class Network:
    """One engine's network and recipe; the trainer asks, the engine answers."""

    name = ""
    """The engine's name, as on the command line."""

    draws = 0
    """How many random numbers :meth:`training_image` takes for one image."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options

    def kernel_limit(self, fan_in: int, fan_out: int) -> float:
        """Limit of the uniform distribution that initial kernels are drawn from."""
        raise NotImplementedError

    def logits(self, layers: Layers, images: Any) -> Any:
        """Class scores ``[batch, classes]`` of ``images`` as :meth:`training_image` makes them."""
        raise NotImplementedError

    def losses(self, logits: Any, labels: Any) -> Any:
        """Loss per image, ``[batch]``, without weight decay."""
        raise NotImplementedError

    def learning_rate(self, plan: StepPlan, step: int) -> float:
        """Learning rate of the 0-based ``step``."""
        raise NotImplementedError

    def optimizer(self, learning_rate: Any) -> Any:
        """A TensorFlow optimizer."""
        raise NotImplementedError

    def training_image(self, payload: Any, draws: Any) -> Tuple[Any, Any]:
        """Image and label of one record for training; ``draws`` are :attr:`draws` numbers in [0, 1)."""
        raise NotImplementedError

    def evaluation_image(self, payload: Any) -> Tuple[Any, Any]:
        """Image and label of one record for evaluation."""
        raise NotImplementedError
