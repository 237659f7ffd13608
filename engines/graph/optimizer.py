"""Optimizers over several ranks."""

from __future__ import annotations

from typing import Any, List, Sequence, Tuple

from engines.graph.collectives import CpuCollectives
from engines.graph.framework import tf

Gradients = List[Tuple[Any, Any]]


class MeanGradientOptimizer:
    """Wraps a TensorFlow optimizer: each rank differentiates its own loss, all apply the mean gradient."""

    def __init__(self, optimizer: Any, collectives: CpuCollectives) -> None:
        self._optimizer = optimizer
        self._collectives = collectives
        self.local_gradients: Gradients = []

    def compute_gradients(self, loss: Any, variables: Sequence[Any]) -> Gradients:
        """Pairs of mean gradient and variable; this rank's own are kept in ``local_gradients``."""
        self.local_gradients = list(zip(tf.gradients(loss, variables), variables))
        means = self._collectives.mean([gradient for gradient, _ in self.local_gradients])
        return list(zip(means, variables))

    def apply_gradients(self, pairs: Gradients, global_step: Any) -> Any:
        """The operation that updates the variables and counts the step."""
        return self._optimizer.apply_gradients(pairs, global_step=global_step)


def with_weight_decay(pairs: Gradients, values: Sequence[Any], factor: float) -> Gradients:
    """Add the gradient of factor·½‖v‖², which is factor·v and the same on every rank.

    Adding it here spares the ranks from sending it and the backward pass from building it.
    """
    return [(gradient + factor * value, variable) for (gradient, variable), value in zip(pairs, values)]
