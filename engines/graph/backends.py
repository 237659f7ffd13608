"""The choice of the device that a job computes on."""

from __future__ import annotations

from engines.common.devices.selection import BFLOAT16_MODE
from engines.common.job import Job
from engines.graph.backend import Backend


def open_backend(job: Job) -> Backend:
    """The backend that ``job`` chose; only its own adapter is imported."""
    if job.backend == "npu":
        from engines.graph.npu import NpuBackend

        return NpuBackend(job)
    from engines.graph.cpu import CpuBackend

    return CpuBackend(job.ranks, job.options.threads, job.toggles.precision_mode == BFLOAT16_MODE)
