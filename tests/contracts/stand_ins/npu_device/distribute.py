"""``npu.distribute``: HCCL, done through files."""

from __future__ import annotations

import functools

import numpy as np
import tensorflow as tf
from npu_bridge._calls import record, require
from npu_bridge._environment import world_size
from npu_bridge._exchange import Exchange

from npu_device._device import require_default

WORLD = "hccl_world_group"
REDUCTIONS = {"mean": np.mean, "sum": np.sum, "max": np.max, "min": np.min, "prod": np.prod}


def all_reduce(values, reduction="mean", fusion=1, fusion_id=-1, group=WORLD):
    """Tensors reduced over the ranks; alone, what was given."""
    require_default()
    require(reduction in REDUCTIONS, f"there is no reduction {reduction}")
    require(fusion in (0, 1, 2) and group == WORLD, "no such fusion or group")
    if world_size() == 1:
        return values
    many = values if isinstance(values, (list, tuple)) else [values]
    record("all_reduce", reduction=reduction, tensors=len(many))
    exchange = Exchange(reduction)

    def reduce(*arrays):
        gathered = exchange.gather(list(arrays))
        return [
            REDUCTIONS[reduction](np.stack(same), axis=0).astype(same[0].dtype) for same in zip(*gathered)
        ]

    results = _on_host(reduce, many)
    return results if isinstance(values, (list, tuple)) else results[0]


def broadcast(values, root_rank=0, fusion=2, fusion_id=0, group=WORLD):
    """Give the variables the values that ``root_rank`` has; alone, nothing."""
    require_default()
    require(0 <= root_rank < world_size() and group == WORLD, "no such rank or group")
    if world_size() == 1:
        return
    many = values if isinstance(values, (list, tuple)) else [values]
    require(all(hasattr(value, "assign") for value in many), "only variables can be broadcast")
    record("broadcast", variables=len(many))
    exchange = Exchange("broadcast")
    received = _on_host(
        functools.partial(_from_root, exchange, root_rank), [one.read_value() for one in many]
    )
    for variable, value in zip(many, received):
        variable.assign(value)


def _from_root(exchange, root_rank, *arrays):
    return exchange.gather(list(arrays))[root_rank]


def _on_host(function, tensors):
    results = tf.numpy_function(function, tensors, [tensor.dtype for tensor in tensors])
    for result, tensor in zip(results, tensors):
        result.set_shape(tensor.shape)
    return list(results)
