"""The collectives ``hccl``, done by gloo."""

from __future__ import annotations

import os

import torch.distributed as dist

from torch_npu._calls import record, require


def create(store, rank, size, timeout):
    """What torch.distributed asks a registered backend for."""
    for name in ("MASTER_ADDR", "MASTER_PORT", "RANK", "WORLD_SIZE"):
        require(name in os.environ, f"{name} is not set")
    record("hccl", rank=rank, size=size)
    return dist.ProcessGroupGloo(store, rank, size, timeout)
