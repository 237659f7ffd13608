"""A stand-in for the adapter ``torch_npu`` that computes on CPU.

It has the names, parameters and value sets that Ascend/pytorch documents and the engines use, and raises for
anything else and for calls in a wrong order. Each call is appended to the file ``TORCH_NPU_CALLS`` as JSON.
"""

from __future__ import annotations

import sys

import torch
import torch.distributed as dist

from torch_npu import _hccl, npu, profiler

__all__ = ["npu", "profiler"]

torch.npu = npu
sys.modules["torch.npu"] = npu
torch.Tensor.npu = npu.move
torch.nn.Module.npu = npu.move
dist.Backend.register_backend("hccl", _hccl.create, devices=["cpu"])
