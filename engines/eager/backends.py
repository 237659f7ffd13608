"""The choice of the device that a job computes on."""

from __future__ import annotations

from engines.common.job import Job
from engines.eager.backend import Backend


def open_backend(job: Job) -> Backend:
    """The backend that ``job`` chose; only its own adapter is imported."""
    if job.backend == "npu":
        from engines.eager.npu import NpuBackend

        return NpuBackend(job)
    from engines.eager.cpu import CpuBackend

    return CpuBackend(job.ranks, job.options.threads, job.toggles.precision_mode)
