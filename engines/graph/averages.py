"""Exponential moving averages of variables, by which networks are scored and exported."""

from __future__ import annotations

from typing import Any, List, Sequence, Tuple

from engines.graph.framework import tf

SUFFIX = "/ExponentialMovingAverage"
"""What TensorFlow's own ``ExponentialMovingAverage`` puts after a variable's name in checkpoints."""


def average_name(name: str) -> str:
    """The name of the average of the variable ``name``."""
    return name + SUFFIX


class MovingAverages:
    """Averages of ``variables`` that begin at their initial values.

    After step g (1 for the first) an average keeps the share min(``decay``, (1 + g) / (10 + g)) of itself
    and takes the rest from its variable, so that the first steps do not hang on the initial values.
    """

    def __init__(self, decay: float, variables: Sequence[Any]) -> None:
        self._decay = decay
        self._pairs: List[Tuple[Any, Any]] = [
            (
                tf.get_variable(
                    average_name(variable.op.name),
                    initializer=variable.initial_value,
                    use_resource=True,
                    trainable=False,
                ),
                variable,
            )
            for variable in variables
        ]

    def update(self, step: Any) -> Any:
        """The operation that follows the variables after ``step`` finished steps, an int64 scalar.

        It has to be built under the control dependencies of what changes the variables.
        """
        done = tf.cast(step, tf.float32)
        rest = 1.0 - tf.minimum(self._decay, (1.0 + done) / (10.0 + done))
        return tf.group(
            *[
                average.assign_sub((average.read_value() - variable.read_value()) * rest)
                for average, variable in self._pairs
            ]
        )

    def reset(self) -> Any:
        """The operation that sets every average to its variable."""
        return tf.group(*[average.assign(variable.read_value()) for average, variable in self._pairs])
