"""One rank's run from start to end, the same for every TensorFlow 2 engine."""

from __future__ import annotations

from functools import partial

from engines.common.job import Job
from engines.eager.backends import open_backend
from engines.eager.evaluation_run import run_evaluation
from engines.eager.export_run import run_export
from engines.eager.framework import tf
from engines.eager.networks import Network
from engines.eager.training_run import run_training
from engines.ops.endings import end_with, end_without_peer, explain


def run_job(job: Job, network: Network) -> int:
    """Train, evaluate or export and return the exit code.

    Raises :class:`~engines.common.errors.EngineError` for what is no bug of the engine.
    """
    if job.exports:
        run_export(job, network)
        return 0
    backend = open_backend(job)
    try:
        if not backend.connect(job.stop, partial(end_without_peer, job)):
            return end_with(job, None)
        result = (run_training if job.trains else run_evaluation)(job, network, backend)
    except tf.errors.OpError as error:
        return explain(error, job, backend.lost_peer)
    backend.close()
    return end_with(job, result)
