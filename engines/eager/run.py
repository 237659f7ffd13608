"""One rank's run from start to end, the same for every TensorFlow 2 engine."""

from __future__ import annotations

from functools import partial

from engines.common.job import Job
from engines.eager.device import EagerDevice
from engines.eager.evaluation import run_evaluation
from engines.eager.export import run_export
from engines.eager.framework import tf
from engines.eager.networks import EagerNetwork
from engines.eager.training import run_training
from engines.ops.endings import end_without_peer, explain
from engines.training.outcome import end_with


def run_job(job: Job, network: EagerNetwork) -> int:
    """Train, evaluate or export and return the exit code.

    Raises :class:`~engines.common.errors.EngineError` for what is no bug of the engine.
    """
    if job.exports:
        run_export(job, network)
        return 0
    device = _open_device(job)
    try:
        if not device.connect(job.stop, partial(end_without_peer, job)):
            return end_with(job, None)
        result = (run_training if job.trains else run_evaluation)(job, network, device)
    except tf.errors.OpError as error:
        return explain(error, job, device.lost_peer)
    device.close()
    return end_with(job, result)


def _open_device(job: Job) -> EagerDevice:
    """The device of the backend that ``job`` chose; only its own adapter is imported."""
    if job.backend == "npu":
        from engines.eager.npu import EagerNpu

        return EagerNpu(job)
    from engines.eager.cpu import EagerCpu

    return EagerCpu(job.ranks, job.options.threads, job.toggles.precision_mode)
