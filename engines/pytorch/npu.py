"""Computing on Ascend NPUs: every call of the adapter ``torch_npu``, in one place.

As documented by Ascend/pytorch (``torch.npu`` mirrors ``torch.cuda``; dumps take a JSON file of CANN's ACL).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ContextManager

import torch
import torch_npu

from engines.common.atomic import write_json
from engines.common.errors import UsageError
from engines.common.job import Job
from engines.pytorch.device import Moved, TorchDevice

npu: Any = torch.npu  # type: ignore[attr-defined]  # put there by torch_npu

DYNAMIC = -1.0
"""The loss scale that stands for one the scaler finds itself."""

FIRST_DYNAMIC_SCALE = 2.0**16
DEVICE_VARIABLES = ("ASCEND_DEVICE_ID", "DEVICE_ID", "LOCAL_RANK")


class TorchNpu(TorchDevice):
    """One rank of an NPU run, on a device of its own."""

    name = "npu"
    collectives = "hccl"
    low_precision = torch.float16

    def __init__(self, job: Job) -> None:
        index = _device_index(job)
        if not npu.is_available() or index >= npu.device_count():
            raise UsageError("NPU {} is not available: this host shows {}.".format(index, npu.device_count()))
        npu.set_device(index)
        cores = len(os.sched_getaffinity(0))
        self.threads = job.options.threads or max(1, cores // job.ranks.world_size)

    def move(self, value: Moved) -> Moved:
        """See :class:`TorchDevice`."""
        there: Any = value
        moved: Moved = there.npu()
        return moved

    def autocast(self) -> ContextManager[Any]:
        """Operations in float16 where that is safe."""
        context: ContextManager[Any] = npu.amp.autocast()
        return context

    def grad_scaler(self, scale: float) -> Any:
        """See :class:`TorchDevice`."""
        if scale == DYNAMIC:
            return npu.amp.GradScaler(init_scale=FIRST_DYNAMIC_SCALE, dynamic=True)
        return npu.amp.GradScaler(init_scale=scale, dynamic=False)

    def seed(self, value: int) -> None:
        """See :class:`TorchDevice`."""
        npu.manual_seed(value)

    def synchronise(self) -> None:
        """See :class:`TorchDevice`."""
        npu.synchronize()

    def profile(self, folder: Path, worker: str) -> Any:
        """A profiler whose trace is analysed into ``folder`` when it stops."""
        handler = torch_npu.profiler.tensorboard_trace_handler(dir_name=str(folder), worker_name=worker)
        return torch_npu.profiler.profile(record_shapes=True, on_trace_ready=handler)

    def start_dump(self, folder: Path, overflow: bool) -> None:
        """Have CANN dump every operator, or those that overflow, into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        settings = (
            {"dump_path": str(folder), "dump_debug": "on"}
            if overflow
            else {
                "dump_path": str(folder),
                "dump_list": [{}],
                "dump_op_switch": "on",
                "dump_data": "tensor",
            }
        )
        path = folder / "acl.json"
        write_json(path, {"dump": settings})
        torch_npu.npu.init_dump()
        torch_npu.npu.set_dump(str(path))

    def stop_dump(self) -> None:
        """End what :meth:`start_dump` began."""
        npu.synchronize()
        torch_npu.npu.finalize_dump()


def _device_index(job: Job) -> int:
    if job.options.device_id is not None:
        return int(job.options.device_id)
    for name in DEVICE_VARIABLES:
        text = os.environ.get(name, "")
        if text.isdigit():
            return int(text)
    return 0
