"""Computing on the host's cores."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ContextManager, Iterable

import torch
from torch import Tensor

from engines.common.job import Job
from engines.pytorch.device import Moved, TorchDevice


class TorchCpu(TorchDevice):
    """One rank of a CPU run; the usable cores are shared among the ranks unless a flag says how many."""

    name = "cpu"
    collectives = "gloo"
    low_precision = torch.bfloat16

    def __init__(self, job: Job) -> None:
        cores = len(os.sched_getaffinity(0))
        self.threads = job.options.threads or max(1, cores // job.ranks.world_size)
        torch.set_num_threads(self.threads)
        torch.get_num_threads()  # fixes it for this thread: the number is global until a thread first uses it

    def autocast(self) -> ContextManager[Any]:
        """See :class:`TorchDevice`."""
        return torch.autocast("cpu", dtype=self.low_precision)

    def grad_scaler(self, scale: float) -> None:
        """None: bfloat16 has the exponents of float32, so nothing under- or overflows that did not before."""

    def sgd(self, parameters: Iterable[Tensor], **settings: Any) -> torch.optim.SGD:
        """The optimizer, with its update in one pass over the memory where this PyTorch has that."""
        trained = list(parameters)
        try:
            return torch.optim.SGD(trained, fused=True, **settings)
        except (TypeError, RuntimeError):  # older than the flag, or than its use on CPU
            return torch.optim.SGD(trained, **settings)

    def move(self, value: Moved) -> Moved:
        """The tensor or network ``value`` on the device, where it is already."""
        return value

    def seed(self, value: int) -> None:
        """See :class:`TorchDevice`."""
        torch.default_generator.manual_seed(value)

    def synchronise(self) -> None:
        """Wait for the device, which has always finished here."""

    def profile(self, folder: Path, worker: str) -> Any:
        """See :class:`TorchDevice`."""
        return torch.profiler.profile(
            activities=[torch.profiler.ProfilerActivity.CPU],
            record_shapes=True,
            on_trace_ready=torch.profiler.tensorboard_trace_handler(str(folder), worker_name=worker),
        )
