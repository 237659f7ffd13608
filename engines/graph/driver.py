"""One rank's run from start to end, the same for every graph-mode engine."""

from __future__ import annotations

from functools import partial

from engines.common.job import Job
from engines.graph.backends import open_backend
from engines.graph.evaluation_run import run_evaluation
from engines.graph.export_run import run_export
from engines.graph.framework import tf
from engines.graph.networks import Network
from engines.graph.training_run import run_training
from engines.ops.endings import end_with, end_without_peer, explain


def run_job(job: Job, network: Network) -> int:
    """Train, evaluate or export and return the exit code.

    Raises :class:`~engines.common.errors.EngineError` for what is no bug of the engine.
    """
    if job.exports:
        with tf.Graph().as_default():
            run_export(job, network)
        return 0
    backend = open_backend(job)
    try:
        if not backend.connect(job.stop, partial(end_without_peer, job)):
            return end_with(job, None)
        with tf.Graph().as_default(), tf.device(backend.device()):
            result = (run_training if job.trains else run_evaluation)(job, network, backend)
    except tf.errors.OpError as error:
        return explain(error, job, backend.lost_peer)
    return end_with(job, result)
