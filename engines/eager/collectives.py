"""Sums and broadcasts over the ranks by TensorFlow's own collective operations, between processes on CPU."""

from __future__ import annotations

from typing import Callable, List, Sequence

from engines.eager.framework import tf
from engines.ops.framework import Tensor

from tensorflow.core.protobuf import tensorflow_server_pb2  # isort: skip
from tensorflow.python.eager import context  # isort: skip

GROUP_KEY = 1
MESSAGE_BYTES = 4 << 20
"""About how much is sent at a time: large enough to need few messages, small enough that several are on their
way at once."""

FUNCTIONS = ("share", "train", "evaluate", "share_best", "farewell")
FUNCTION_STRIDE = 100000
"""More operations over the ranks than any function has."""


def serve(peers: Sequence[str], rank: int) -> None:
    """Make this process the worker ``rank`` of ``peers``, listening at its address.

    Must come before the first operation. TensorFlow's multi-worker strategy does the same inside; its own
    interface has no way to it without that strategy's health checks, which end healthy ranks at the farewell.
    """
    here = context.context()
    here.configure_collective_ops(
        collective_leader="/job:worker/replica:0/task:0",
        scoped_allocator_enabled_ops=(),  # it merges operations, and can do so otherwise on another rank
        device_filters=("/job:worker/task:{}".format(rank),),
    )
    server = tensorflow_server_pb2.ServerDef(
        cluster=tf.train.ClusterSpec({"worker": list(peers)}).as_cluster_def(),
        job_name="worker",
        task_index=rank,
        protocol="grpc",
        default_session_config=here.config,
    )
    here.enable_collective_ops(server)
    here.ensure_initialized()


class Collectives:
    """Collective operations of ``world_size`` processes, built inside traced functions.

    Operations meet by the function's name and their place in it, so that the ranks may trace one function
    in different variants, or at different times.
    """

    def __init__(self, rank: int, world_size: int) -> None:
        self.rank = rank
        self.world_size = world_size
        self._next = 0

    def begin(self, function: str) -> None:
        """Begin the operations of ``function``, whose operations have the same shapes in all its variants."""
        self._next = FUNCTIONS.index(function) * FUNCTION_STRIDE

    def sum(self, tensor: Tensor) -> Tensor:
        """``tensor`` summed over the ranks."""
        return self._reduce(tensor, "Id") if self.world_size > 1 else tensor

    def mean(self, tensors: Sequence[Tensor]) -> List[Tensor]:
        """Each of ``tensors`` averaged over the ranks, in messages of about :data:`MESSAGE_BYTES`."""
        if self.world_size == 1:
            return list(tensors)
        return in_messages(tensors, lambda message: self._reduce(message, "Div"))

    def broadcast(self, variables: Sequence[Tensor]) -> None:
        """Give every rank the values that rank 0 has: the sums where all others add zeros."""
        if self.world_size == 1:
            return
        kinds = {variable.dtype for variable in variables}
        for kind in sorted(kinds, key=lambda dtype: dtype.name):
            same = [variable for variable in variables if variable.dtype == kind]
            values = [one.read_value() if self.rank == 0 else tf.zeros_like(one) for one in same]
            sums = in_messages(values, lambda message: self._reduce(message, "Id"))
            for variable, value in zip(same, sums):
                variable.assign(value)

    def _reduce(self, tensor: Tensor, final_op: str) -> Tensor:
        return tf.raw_ops.CollectiveReduce(
            input=tensor,
            group_size=self.world_size,
            group_key=GROUP_KEY,
            instance_key=self._key(),
            merge_op="Add",
            final_op=final_op,
            subdiv_offsets=[0],
        )

    def _key(self) -> int:
        self._next += 1
        return self._next


def in_messages(tensors: Sequence[Tensor], send: Callable[[Tensor], Tensor]) -> List[Tensor]:
    """``send`` applied to ``tensors``, several put into one vector, the last ones first: the backward pass
    makes gradients in that order."""
    results: List[Tensor] = [None] * len(tensors)
    message: List[int] = []
    size = 0
    for i in reversed(range(len(tensors))):
        message.append(i)
        size += tensors[i].shape.num_elements() * tensors[i].dtype.size
        if size >= MESSAGE_BYTES or i == 0:
            sizes = [tensors[k].shape.num_elements() for k in message]
            sent = send(tf.concat([tf.reshape(tensors[k], [-1]) for k in message], axis=0))
            for k, part in zip(message, tf.split(sent, sizes)):
                results[k] = tf.reshape(part, tensors[k].shape)
            message, size = [], 0
    return results
