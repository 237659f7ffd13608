"""One rank's run from start to end, the same for every PyTorch engine."""

from __future__ import annotations

from typing import Optional

from engines.common.errors import EngineError
from engines.common.job import Job
from engines.common.reporting.results import Result
from engines.pytorch.collectives import ProcessGroup
from engines.pytorch.device import TorchDevice
from engines.pytorch.evaluation import run_evaluation
from engines.pytorch.export import run_export
from engines.pytorch.networks import TorchNetwork
from engines.pytorch.training import run_training
from engines.training.outcome import end_with

BROKEN_CONNECTION = ("onnection closed", "onnection reset", "Broken pipe", "roken connection", "Timed out")
"""Words by which the collectives tell that a rank has gone."""


def run_job(job: Job, network: TorchNetwork) -> int:
    """Train, evaluate or export and return the exit code.

    Raises :class:`EngineError` for what is no bug of the engine.
    """
    if job.exports:
        run_export(job, network)
        return 0
    device = _open_device(job)
    group = ProcessGroup(job.ranks)
    try:
        result = _run(job, network, device, group)
    except RuntimeError as error:
        if job.ranks.world_size > 1 and any(words in str(error) for words in BROKEN_CONNECTION):
            raise EngineError(
                "Another rank has gone, so rank {} cannot go on.".format(job.ranks.rank)
            ) from None
        if "out of memory" in str(error) or "can't allocate memory" in str(error):
            raise EngineError("Out of memory: {}".format(str(error).splitlines()[0])) from None
        raise
    return end_with(job, result)


def _run(job: Job, network: TorchNetwork, device: TorchDevice, group: ProcessGroup) -> Optional[Result]:
    if not group.connect(device.collectives, job.stop):
        return None
    result = (run_training if job.trains else run_evaluation)(job, network, device, group)
    group.leave()
    return result


def _open_device(job: Job) -> TorchDevice:
    """The device of the backend that ``job`` chose; only its own adapter is imported."""
    if job.backend == "npu":
        from engines.pytorch.npu import TorchNpu

        return TorchNpu(job)
    from engines.pytorch.cpu import TorchCpu

    return TorchCpu(job)
