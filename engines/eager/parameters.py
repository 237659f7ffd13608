"""The variables of a network by name."""

from __future__ import annotations

import zlib
from typing import Callable, Dict, Iterable, Sequence

from engines.eager.framework import tf
from engines.ops.framework import Tensor

Initial = Callable[[str, Sequence[int]], Tensor]
"""(name, shape) -> the initial value, float32."""


class Parameters:
    """Makes each variable when it is first asked for, outside of traced functions, and gives its value after.

    ``seed`` sets the initial values, which depend on it and on the name alone, so that every rank and version
    agrees.
    """

    def __init__(self, seed: int) -> None:
        self.variables: Dict[str, Tensor] = {}
        self._seed = seed

    def value(self, name: str, shape: Sequence[int], initial: Initial) -> Tensor:
        """The value of the variable ``name`` now."""
        if name not in self.variables:
            self.variables[name] = tf.Variable(initial(name, shape), name=name, trainable=True)
        return self.variables[name].read_value()

    def normal(self, deviation: float) -> Initial:
        """The normal distribution around 0."""

        def draw(name: str, shape: Sequence[int]) -> Tensor:
            stream = [self._seed, zlib.crc32(name.encode()) & 0x7FFFFFFF]
            return tf.random.stateless_normal(shape, stream, 0.0, deviation)

        return draw


def zeros(name: str, shape: Sequence[int]) -> Tensor:
    """All 0."""
    return tf.zeros(shape)


def ones(name: str, shape: Sequence[int]) -> Tensor:
    """All 1."""
    return tf.ones(shape)


def scalars(variables: Iterable[Tensor]) -> int:
    """Number of scalars in ``variables``."""
    return sum(int(variable.shape.num_elements()) for variable in variables)
