"""Exponential moving averages: of variables, by which networks are scored and exported, and of what batch
normalisation sees."""

from __future__ import annotations

from typing import List, Sequence, Tuple

from engines.graph.collectives import Collectives
from engines.graph.framework import Operation, tf
from engines.ops.framework import Tensor

SUFFIX = "/ExponentialMovingAverage"
"""The end of an average's name in checkpoints, as TensorFlow's own ``ExponentialMovingAverage`` has it."""


def average_name(name: str) -> str:
    """The name of the average of the variable ``name``."""
    return name + SUFFIX


class MovingAverages:
    """Averages of ``variables`` that begin at their initial values.

    After step g (1 for the first) an average keeps the share min(``decay``, (1 + g) / (10 + g)) of itself
    and takes the rest from its variable, so that the first steps do not hang on the initial values.
    """

    def __init__(self, decay: float, variables: Sequence[Tensor]) -> None:
        self._decay = decay
        self._pairs: List[Tuple[Tensor, Tensor]] = [
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

    def update(self, step: Tensor) -> Operation:
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

    def reset(self) -> Operation:
        """The operation that sets every average to its variable."""
        return tf.group(*[average.assign(variable.read_value()) for average, variable in self._pairs])


class BatchStatistic:
    """A moving mean or variance with what this rank's batch says of it; ``momentum`` is what stays of the
    moving value in each step."""

    def __init__(self, variable: Tensor, batch: Tensor, momentum: float) -> None:
        self.variable = variable
        self.batch = batch
        self.momentum = momentum


def follow_statistics(
    statistics: Sequence[BatchStatistic], collectives: Collectives, world_size: int
) -> Operation:
    """The operation that moves each statistic towards the mean of what the ranks' batches say.

    Each rank normalises by its own batch; the moving values would drift apart without the mean, and a
    checkpoint would hold those of one rank. All of them travel as one message.
    """
    if not statistics:
        return tf.no_op()
    sizes = [one.batch.shape.num_elements() for one in statistics]
    total = collectives.sum(tf.concat([one.batch for one in statistics], axis=0))
    means = tf.split(total * (1.0 / world_size), sizes)
    return tf.group(
        *[
            one.variable.assign_sub((one.variable.read_value() - mean) * (1.0 - one.momentum))
            for one, mean in zip(statistics, means)
        ]
    )
