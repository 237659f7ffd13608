"""One rank's run from start to end, the same for every TensorFlow 2 engine."""

from __future__ import annotations

import sys
import time
from functools import partial

from engines.common.errors import EngineError
from engines.common.job import Job
from engines.common.results import Result, write_result
from engines.eager.backend import Backend, open_backend
from engines.eager.datasets import unreadable
from engines.eager.evaluation_run import run_evaluation
from engines.eager.export_run import run_export
from engines.eager.framework import tf
from engines.eager.networks import Network
from engines.eager.training_run import run_training

REPORT_DELAY = 5.0
"""Seconds in which a rank that broke a collective is expected to be gone."""


def run_job(job: Job, network: Network) -> int:
    """Train, evaluate or export and return the exit code.

    Raises :class:`EngineError` for what is no bug of the engine.
    """
    if job.exports:
        run_export(job, network)
        return 0
    backend = open_backend(job)
    try:
        if not backend.connect(job.stop, partial(end_without_peer, job)):
            return stopped_before_training(job)
        result = (run_training if job.trains else run_evaluation)(job, network, backend)
        if result is None:
            return stopped_before_training(job)
    except tf.errors.OpError as error:
        return explain(error, job, backend)
    backend.close()
    if result.status == "stopped":
        job.reporter.event("stop", step=result.step)
    write_result(job, result)
    return 0


def stopped_before_training(job: Job) -> int:
    """Tell of a stop that came before there was anything to save."""
    job.reporter.event("stop", step=0)
    write_result(job, Result("stopped", 0))
    return 0


def end_without_peer(job: Job, lost: int) -> int:
    """Say why this rank ends when rank ``lost`` has gone, and return the exit code.

    When a stop was asked for, the other rank has followed it while this one was still starting.
    """
    if job.stop.requested:
        return stopped_before_training(job)
    sys.stderr.write("Rank {} has gone, so rank {} cannot go on.\n".format(lost, job.ranks.rank))
    return 1


def explain(error: tf.errors.OpError, job: Job, backend: Backend) -> int:
    """Turn what the framework raised into a sentence where its cause lies outside the program."""
    deadline = time.monotonic() + (REPORT_DELAY if job.ranks.world_size > 1 else 0.0)
    lost = backend.lost_peer()
    while lost is None and time.monotonic() < deadline:
        time.sleep(0.1)
        lost = backend.lost_peer()
    if lost is not None:
        return end_without_peer(job, lost)
    input_errors = (tf.errors.InvalidArgumentError, tf.errors.DataLossError)
    if isinstance(error, input_errors) and "Iterator" in str(error.message):
        raise unreadable(job.options.data_dir, error) from None
    if isinstance(error, tf.errors.ResourceExhaustedError):
        raise EngineError("Out of memory or disk: {}.".format(str(error.message).split("\n")[0])) from None
    raise error
