"""One rank's run from start to end, the same for every graph-mode engine."""

from __future__ import annotations

import sys
import time
from functools import partial

from engines.common.errors import EngineError
from engines.common.job import Job
from engines.common.results import Result, write_result
from engines.graph.backend import Backend
from engines.graph.backends import open_backend
from engines.graph.evaluation_run import run_evaluation
from engines.graph.export_run import run_export
from engines.graph.framework import tf
from engines.graph.networks import Network
from engines.graph.training_run import run_training

REPORT_DELAY = 5.0
"""Seconds in which a rank that broke a collective is expected to be gone."""


def run_job(job: Job, network: Network) -> int:
    """Train, evaluate or export and return the exit code.

    Raises :class:`EngineError` for what is no bug of the engine.
    """
    if job.exports:
        with tf.Graph().as_default():
            run_export(job, network)
        return 0
    backend = open_backend(job)
    try:
        if not backend.connect(job.stop, partial(end_without_peer, job)):
            return stopped_before_training(job)
        with tf.Graph().as_default(), tf.device(backend.device()):
            result = (run_training if job.trains else run_evaluation)(job, network, backend)
        if result is None:
            return stopped_before_training(job)
    except tf.errors.OpError as error:
        return explain(error, job, backend)
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
    first_line = str(error.message).split("\n")[0]
    if isinstance(
        error, (tf.errors.InvalidArgumentError, tf.errors.DataLossError)
    ) and "IteratorGetNext" in str(error):
        raise EngineError(
            "The images in {} cannot be read: {}.".format(job.options.data_dir, first_line)
        ) from None
    if isinstance(error, tf.errors.ResourceExhaustedError):
        raise EngineError("Out of memory or disk: {}.".format(first_line)) from None
    raise error
