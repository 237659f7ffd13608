"""Batch normalisation's moving statistics, the same on every rank."""

from __future__ import annotations

from typing import Any, Sequence

from engines.graph.backend import Collectives
from engines.graph.framework import tf
from engines.graph.layers import BatchStatistic


def follow_statistics(statistics: Sequence[BatchStatistic], collectives: Collectives, world_size: int) -> Any:
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
