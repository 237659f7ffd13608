"""One rank's run from start to end, the same for every graph-mode engine."""

from __future__ import annotations

from functools import partial

from engines.common.devices.backend_selection import BFLOAT16_MODE
from engines.common.job import Job
from engines.graph.device import GraphDevice
from engines.graph.evaluation import run_evaluation
from engines.graph.export import run_export
from engines.graph.framework import tf
from engines.graph.networks import GraphNetwork
from engines.graph.training import run_training
from engines.ops.endings import end_without_peer, explain
from engines.training.outcome import end_with


def run_job(job: Job, network: GraphNetwork) -> int:
    """Train, evaluate or export and return the exit code.

    Raises :class:`~engines.common.errors.EngineError` for what is no bug of the engine.
    """
    if job.exports:
        with tf.Graph().as_default():
            run_export(job, network)
        return 0
    device = _open_device(job)
    try:
        if not device.connect(job.stop, partial(end_without_peer, job)):
            return end_with(job, None)
        with tf.Graph().as_default(), tf.device(device.place()):
            result = (run_training if job.trains else run_evaluation)(job, network, device)
    except tf.errors.OpError as error:
        return explain(error, job, device.lost_peer)
    return end_with(job, result)


def _open_device(job: Job) -> GraphDevice:
    """The device of the backend that ``job`` chose; only its own adapter is imported."""
    if job.backend == "npu":
        from engines.graph.npu import GraphNpu

        return GraphNpu(job)
    from engines.graph.cpu import GraphCpu

    return GraphCpu(job.ranks, job.options.threads, job.toggles.precision_mode == BFLOAT16_MODE)
