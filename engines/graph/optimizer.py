"""Optimizers over several ranks."""

from __future__ import annotations

from typing import Any, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from engines.graph.collectives import CpuCollectives
from engines.graph.framework import Operation, tf
from engines.ops.framework import Tensor

Optimizer = Any
"""A ``tf.train.Optimizer``."""

Gradients = List[Tuple[Tensor, Tensor]]
"""Pairs of gradient and variable."""


class LossScale(NamedTuple):
    """The factor on the loss under float16, and how it follows overflows; 1 is none.

    A dynamic scale is doubled after ``growth_steps`` steps without overflow and halved after
    ``overflows`` with one; ``growth_steps`` of ``None`` keeps it as it is.
    """

    initial: float = 1.0
    growth_steps: Optional[int] = None
    overflows: int = 2


class RankedOptimizer:
    """An optimizer over all ranks. ``local_gradients`` are this rank's own, once they are computed and where the
    device can tell them."""

    def __init__(self) -> None:
        self.local_gradients: Gradients = []

    def compute_gradients(self, loss: Tensor, variables: Sequence[Tensor]) -> Gradients:
        """Mean gradients over the ranks."""
        raise NotImplementedError

    def apply_gradients(self, pairs: Gradients, global_step: Tensor) -> Operation:
        """The operation that updates the variables and counts the step."""
        raise NotImplementedError


class MeanGradientOptimizer(RankedOptimizer):
    """Wraps a TensorFlow optimizer: each rank differentiates its own loss, all apply the mean gradient."""

    def __init__(self, optimizer: Optimizer, collectives: CpuCollectives) -> None:
        super().__init__()
        self._optimizer = optimizer
        self._collectives = collectives

    def compute_gradients(self, loss: Tensor, variables: Sequence[Tensor]) -> Gradients:
        """See :class:`RankedOptimizer`."""
        self.local_gradients = list(zip(tf.gradients(loss, variables), variables))
        means = self._collectives.mean([gradient for gradient, _ in self.local_gradients])
        return list(zip(means, variables))

    def apply_gradients(self, pairs: Gradients, global_step: Tensor) -> Operation:
        """See :class:`RankedOptimizer`."""
        return self._optimizer.apply_gradients(pairs, global_step=global_step)


def with_weight_decay(pairs: Gradients, decayed: Mapping[str, Tensor], factor: float) -> Gradients:
    """Add the gradient of factor·½‖v‖² for each value v of ``decayed``, by variable name.

    It is factor·v and the same on every rank; adding it here spares the ranks from sending it and the
    backward pass from building it.
    """
    names = [variable.op.name for _, variable in pairs]
    return [
        (gradient + factor * decayed[name] if name in decayed else gradient, variable)
        for name, (gradient, variable) in zip(names, pairs)
    ]
