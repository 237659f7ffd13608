"""Sums and broadcasts over the ranks by TensorFlow's own collective operations."""

from __future__ import annotations

from typing import Any, List, Sequence

from engines.graph.framework import tf

GROUP_KEY = 1
BUCKET_BYTES = 32 << 20
"""Gradients travel in buckets of about this size: few messages, and the first can leave while the
backward pass still computes the rest."""


class Collectives:
    """Builds collective operations of ``world_size`` ranks; every rank must build the same ones in the same order."""

    def __init__(self, rank: int, world_size: int) -> None:
        self.rank = rank
        self.world_size = world_size
        self._instances = 0

    def sum(self, tensor: Any) -> Any:
        """``tensor`` summed over the ranks."""
        if self.world_size == 1:
            return tensor
        return tf.raw_ops.CollectiveReduce(
            input=tensor,
            group_size=self.world_size,
            group_key=GROUP_KEY,
            instance_key=self._next_instance(),
            merge_op="Add",
            final_op="Id",
            subdiv_offsets=[0],
        )

    def mean(self, tensors: Sequence[Any]) -> List[Any]:
        """Each of ``tensors`` (float32) averaged over the ranks."""
        if self.world_size == 1:
            return list(tensors)
        means = [None] * len(tensors)  # type: List[Any]
        for bucket in _buckets(tensors):
            flat = tf.concat([tf.reshape(tensors[i], [-1]) for i in bucket], axis=0)
            total = self.sum(flat * (1.0 / self.world_size))
            parts = tf.split(total, [tensors[i].shape.num_elements() for i in bucket])
            for i, part in zip(bucket, parts):
                means[i] = tf.reshape(part, tensors[i].shape)
        return means

    def broadcast(self, variables: Sequence[Any]) -> Any:
        """An operation that gives every rank the values that rank 0 has."""
        return tf.group(*[self._broadcast_one(variable) for variable in variables])

    def _broadcast_one(self, variable: Any) -> Any:
        group = {
            "group_size": self.world_size,
            "group_key": GROUP_KEY,
            "instance_key": self._next_instance(),
            "shape": variable.shape,
        }
        if self.rank == 0:
            return tf.raw_ops.CollectiveBcastSend(input=variable.read_value(), **group).op
        return variable.assign(tf.raw_ops.CollectiveBcastRecv(T=variable.dtype.base_dtype, **group))

    def _next_instance(self) -> int:
        self._instances += 1
        return self._instances


def _buckets(tensors: Sequence[Any]) -> List[List[int]]:
    """Indices of ``tensors``, last first as the backward pass makes them, in runs of :data:`BUCKET_BYTES`."""
    buckets = []  # type: List[List[int]]
    filled = BUCKET_BYTES
    for i in reversed(range(len(tensors))):
        size = tensors[i].shape.num_elements() * tensors[i].dtype.size
        if filled + size > BUCKET_BYTES:
            buckets.append([])
            filled = 0
        buckets[-1].append(i)
        filled += size
    return buckets
