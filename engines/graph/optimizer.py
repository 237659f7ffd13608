"""Optimizers over several ranks."""

from __future__ import annotations

from typing import Any, List, Mapping, Sequence, Tuple

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


def with_weight_decay(pairs: Gradients, decayed: Mapping[str, Any], factor: float) -> Gradients:
    """Add the gradient of factor·½‖v‖² for each value v of ``decayed``, by variable name.

    It is factor·v and the same on every rank; adding it here spares the ranks from sending it and the
    backward pass from building it.
    """
    names = [variable.op.name for _, variable in pairs]
    return [
        (gradient + factor * decayed[name] if name in decayed else gradient, variable)
        for name, (gradient, variable) in zip(names, pairs)
    ]
