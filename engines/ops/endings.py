"""Endings of a rank's run that lie outside the program, the same for every TensorFlow engine."""

from __future__ import annotations

import re
import sys
import time
from typing import Callable, Optional

from engines.common.errors import EngineError
from engines.common.job import Job
from engines.ops.framework import tf
from engines.training.outcome import end_with

REPORT_DELAY = 5.0
"""Seconds in which a rank that broke a collective is expected to be gone."""

INPUT_ERRORS = (tf.errors.InvalidArgumentError, tf.errors.DataLossError)


def end_without_peer(job: Job, lost: int) -> int:
    """Say why this rank ends when rank ``lost`` has gone, and return the exit code.

    When a stop was asked for, the other rank has followed it while this one was still starting.
    """
    if job.stop.requested:
        return end_with(job, None)
    sys.stderr.write("Rank {} has gone, so rank {} cannot go on.\n".format(lost, job.ranks.rank))
    return 1


def explain(error: tf.errors.OpError, job: Job, lost_peer: Callable[[], Optional[int]]) -> int:
    """Turn what the framework raised into a sentence where its cause lies outside the program.

    ``lost_peer`` tells which rank has gone, if one has.
    """
    deadline = time.monotonic() + (REPORT_DELAY if job.ranks.world_size > 1 else 0.0)
    lost = lost_peer()
    while lost is None and time.monotonic() < deadline:
        time.sleep(0.1)
        lost = lost_peer()
    if lost is not None:
        return end_without_peer(job, lost)
    if isinstance(error, INPUT_ERRORS) and "Iterator" in str(error):
        raise unreadable(job.options.data_dir, error) from None
    if isinstance(error, tf.errors.ResourceExhaustedError):
        raise EngineError("Out of memory or disk: {}.".format(str(error.message).split("\n")[0])) from None
    raise error


def unreadable(folder: object, error: Exception) -> EngineError:
    """The error of images in ``folder`` that TensorFlow could not take in."""
    message = re.sub(r"\{\{.*?\}\}", "", str(getattr(error, "message", error)))  # where in the graph
    lines = [line.strip() for line in message.split("\n")]
    reason = next((line for line in lines if line), "no reason is given").rstrip(".")
    return EngineError("The images in {} cannot be read: {}.".format(folder, reason))
