"""Stochastic gradient descent with momentum."""

from __future__ import annotations

from typing import Dict, Mapping, Sequence

from engines.eager.framework import tf
from engines.ops.framework import Tensor


class Momentum:
    """v <- m v + g, w <- w - lr v (Polyak's form, not Nesterov's) for the ``variables`` by name.

    ``slots`` are the v by the name of their w with ``/Momentum`` after it.
    """

    def __init__(self, variables: Mapping[str, Tensor], momentum: float) -> None:
        self._variables = list(variables.values())
        self._momentum = momentum
        self.slots: Dict[str, Tensor] = {
            name + "/Momentum": tf.Variable(tf.zeros_like(variable), trainable=False)
            for name, variable in variables.items()
        }

    def apply(self, gradients: Sequence[Tensor], lr: Tensor) -> None:
        """Update every variable by its gradient."""
        for variable, slot, gradient in zip(self._variables, self.slots.values(), gradients):
            tf.raw_ops.ResourceApplyMomentum(
                var=variable.handle, accum=slot.handle, lr=lr, grad=gradient, momentum=self._momentum
            )
