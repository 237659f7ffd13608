"""The backend of a job, behind one interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from engines.common.job import Job

if TYPE_CHECKING:
    from engines.pytorch.cpu import CpuBackend
    from engines.pytorch.npu import NpuBackend

    Backend = Union[CpuBackend, NpuBackend]
else:
    Backend = object


def open_backend(job: Job) -> "Backend":
    """The backend that ``job`` chose; only its own adapter is imported."""
    if job.backend == "npu":
        from engines.pytorch.npu import NpuBackend

        return NpuBackend(job)
    from engines.pytorch.cpu import CpuBackend

    return CpuBackend(job)
