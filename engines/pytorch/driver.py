"""One rank's run from start to end, the same for every PyTorch engine."""

from __future__ import annotations

from engines.common.errors import EngineError
from engines.common.job import Job
from engines.common.reporting.results import Result, write_result
from engines.pytorch.backend import Backend, open_backend
from engines.pytorch.evaluation_run import run_evaluation
from engines.pytorch.export_run import run_export
from engines.pytorch.ranks import Group
from engines.pytorch.training import Engine
from engines.pytorch.training_run import run_training

BROKEN_CONNECTION = ("onnection closed", "onnection reset", "Broken pipe", "roken connection", "Timed out")
"""Words by which the collectives tell that a rank has gone."""


def run_job(job: Job, engine: Engine) -> int:
    """Train, evaluate or export and return the exit code.

    Raises :class:`EngineError` for what is no bug of the engine.
    """
    if job.exports:
        run_export(job, engine)
        return 0
    backend = open_backend(job)
    group = Group(job.ranks)
    try:
        result = _run(job, engine, backend, group)
    except RuntimeError as error:
        if job.ranks.world_size > 1 and any(words in str(error) for words in BROKEN_CONNECTION):
            raise EngineError(
                "Another rank has gone, so rank {} cannot go on.".format(job.ranks.rank)
            ) from None
        if "out of memory" in str(error) or "can't allocate memory" in str(error):
            raise EngineError("Out of memory: {}".format(str(error).splitlines()[0])) from None
        raise
    if result.status == "stopped":
        job.reporter.event("stop", step=result.step)
    write_result(job, result)
    return 0


def _run(job: Job, engine: Engine, backend: Backend, group: Group) -> Result:
    if not group.connect(backend.collectives, job.stop):
        return Result("stopped", 0)
    result = (run_training if job.trains else run_evaluation)(job, engine, backend, group)
    group.leave()
    return result if result is not None else Result("stopped", 0)
