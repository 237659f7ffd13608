"""Sums and broadcasts over the ranks, and how TensorFlow's own collective operations make them on CPU."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence

from engines.graph.framework import Operation, tf
from engines.ops.framework import Tensor

GROUP_KEY = 1
MESSAGE_BYTES = 4 << 20
"""Size at which tensors are summed in pieces: large enough to need few messages, small enough that the
rings of several pieces overlap each other and the backward pass."""

SMALL_BYTES = 64 << 10


class Collectives:
    """Operations over all ranks. Every rank must build the same ones in the same order."""

    def sum(self, tensor: Tensor) -> Tensor:
        """``tensor`` summed over the ranks."""
        raise NotImplementedError

    def broadcast(self, variables: Sequence[Tensor]) -> Operation:
        """An operation that gives every rank the values that rank 0 has."""
        raise NotImplementedError


class CpuCollectives(Collectives):
    """Collective operations of ``world_size`` processes.

    Every rank must build the same ones in the same order, with tensors of the same shapes.
    """

    def __init__(self, rank: int, world_size: int) -> None:
        self.rank = rank
        self.world_size = world_size
        self._instances = 0

    def sum(self, tensor: Tensor) -> Tensor:
        """``tensor`` summed over the ranks."""
        return self._reduce(tensor, "Id") if self.world_size > 1 else tensor

    def mean(self, tensors: Sequence[Tensor]) -> List[Tensor]:
        """Each of ``tensors`` averaged over the ranks: large ones in pieces, all the small ones in one."""
        if self.world_size == 1:
            return list(tensors)
        means: List[Tensor] = [None] * len(tensors)
        sizes = [tensor.shape.num_elements() for tensor in tensors]
        small = [i for i, tensor in enumerate(tensors) if sizes[i] * tensor.dtype.size <= SMALL_BYTES]
        for i in reversed(range(len(tensors))):  # the order in which the backward pass makes them
            if i not in small:
                means[i] = self._mean_in_pieces(tensors[i])
        if small:
            total = self._reduce(tf.concat([tf.reshape(tensors[i], [-1]) for i in small], axis=0), "Div")
            for i, part in zip(small, tf.split(total, [sizes[i] for i in small])):
                means[i] = tf.reshape(part, tensors[i].shape)
        return means

    def _mean_in_pieces(self, tensor: Tensor) -> Tensor:
        size = tensor.shape.num_elements()
        count = -(-size * tensor.dtype.size // MESSAGE_BYTES)
        sizes = [size * (i + 1) // count - size * i // count for i in range(count)]
        pieces = tf.split(tf.reshape(tensor, [-1]), sizes)
        return tf.reshape(tf.concat([self._reduce(piece, "Div") for piece in pieces], axis=0), tensor.shape)

    def _reduce(self, tensor: Tensor, final_op: str) -> Tensor:
        return tf.raw_ops.CollectiveReduce(
            input=tensor,
            group_size=self.world_size,
            group_key=GROUP_KEY,
            instance_key=self._next_instance(),
            merge_op="Add",
            final_op=final_op,
            subdiv_offsets=[0],
        )

    def broadcast(self, variables: Sequence[Tensor]) -> Operation:
        """An operation that gives every rank the values that rank 0 has: small ones of a type in one message."""
        shared: List[Tensor] = []
        packs: Dict[Any, List[Tensor]] = {}
        for variable in variables:
            kind = variable.dtype.base_dtype
            if variable.shape.num_elements() * kind.size <= SMALL_BYTES:
                packs.setdefault(kind, []).append(variable)
            else:
                shared.append(self._broadcast_packed([variable]))
        return tf.group(*shared, *[self._broadcast_packed(pack) for pack in packs.values()])

    def _broadcast_packed(self, variables: Sequence[Tensor]) -> Operation:
        """Send or take the values of ``variables``, all of one type, as one vector."""
        sizes = [variable.shape.num_elements() for variable in variables]
        group = {
            "group_size": self.world_size,
            "group_key": GROUP_KEY,
            "instance_key": self._next_instance(),
            "shape": [sum(sizes)],
        }
        if self.rank == 0:
            values = [tf.reshape(variable.read_value(), [-1]) for variable in variables]
            return tf.raw_ops.CollectiveBcastSend(input=tf.concat(values, axis=0), **group).op
        kind = variables[0].dtype.base_dtype
        received = tf.raw_ops.CollectiveBcastRecv(T=kind, **group)
        return tf.group(
            *[
                variable.assign(tf.reshape(part, variable.shape)).op
                for variable, part in zip(variables, tf.split(received, sizes))
            ]
        )

    def _next_instance(self) -> int:
        self._instances += 1
        return self._instances
