"""Collectives inside the graph."""

from __future__ import annotations

import functools

import numpy as np
from tensorflow.compat import v1 as tf

from npu_bridge._calls import record, require
from npu_bridge._environment import rank, world_size
from npu_bridge._exchange import Exchange

WORLD = "hccl_world_group"
REDUCTIONS = {"sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum}
REDUCED = ("int8", "int16", "int32", "float16", "float32")


def allreduce(tensor, reduction, fusion=1, fusion_id=-1, group=WORLD):
    """``tensor`` reduced over the ranks, in the order of the ranks."""
    _check("allreduce", [tensor], fusion, fusion_id, group)
    require(fusion in (0, 1, 2), f"fusion is {fusion!r}")
    require(tensor.dtype.base_dtype.name in REDUCED, f"allreduce of {tensor.dtype}")
    require(reduction in REDUCTIONS, f"reduction is {reduction!r}")
    record("allreduce", reduction=reduction, fusion=fusion, shape=tensor.shape.as_list())
    return reduced([tensor], reduction)[0]


def reduced(tensors, reduction):
    """All of ``tensors`` reduced in one exchange, as the device fuses gradients."""
    exchange = Exchange(f"{reduction} of {_shapes(tensors)}")

    def reduce(*values):
        every = exchange.gather(list(values))
        return [functools.reduce(REDUCTIONS[reduction], parts) for parts in zip(*every)]

    return _computed(reduce, tensors)


def broadcast(tensor, root_rank, fusion=2, fusion_id=0, group=WORLD):
    """The list ``tensor`` as ``root_rank`` has it."""
    require(isinstance(tensor, (list, tuple)), "broadcast takes a list of tensors")
    _check("broadcast", tensor, fusion, fusion_id, group)
    require(fusion in (0, 2), f"fusion is {fusion!r}")
    require(0 <= root_rank < world_size(), f"there is no rank {root_rank}")
    record("broadcast", root_rank=root_rank, tensors=len(tensor))
    exchange = Exchange(f"broadcast of {_shapes(tensor)}")

    def share(*values):
        return exchange.gather(list(values) if rank() == root_rank else [])[root_rank]

    return _computed(share, tensor)


def _check(name, tensors, fusion, fusion_id, group):
    require(world_size() > 1, f"{name} without several ranks: RANK_SIZE")
    require(fusion != 2 or fusion_id >= 0, "fusion 2 needs a fusion_id")
    require(group == WORLD, f"there is no group {group!r}")
    for tensor in tensors:
        require(tensor.shape.is_fully_defined(), f"{name} of a shape that may change")


def _shapes(tensors):
    return [(tensor.dtype.base_dtype.name, tensor.shape.as_list()) for tensor in tensors]


def _computed(function, tensors):
    results = tf.numpy_function(function, list(tensors), [tensor.dtype.base_dtype for tensor in tensors])
    for result, tensor in zip(results, tensors):
        result.set_shape(tensor.shape)
    return results
