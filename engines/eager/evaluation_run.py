"""Mode ``evaluate``: score checkpoints without training."""

from __future__ import annotations

import math
from typing import List, Optional, Tuple

from engines.common.checkpoints.files import Checkpoint
from engines.common.errors import UsageError
from engines.common.job import Job
from engines.common.reporting.results import Result
from engines.common.reporting.scores import Scores, tell_scores
from engines.eager.backend import Backend
from engines.eager.datasets import open_both
from engines.eager.evaluation import Evaluation
from engines.eager.networks import Network, Progress
from engines.eager.parameters import scalars
from engines.eager.restore import resume
from engines.eager.state import new_parameters
from engines.eager.steps import share


def run_evaluation(job: Job, network: Network, backend: Backend) -> Optional[Result]:
    """Score every checkpoint of the job by step; ``None`` when a stop was asked for before the first."""
    opened = open_both(job, network)
    if opened is None or opened[1] is None:
        return None
    images = opened[1]
    network.settle(images)
    parameters = new_parameters(network, job.options)
    variables = parameters.variables
    evaluation = Evaluation(job, network, backend, parameters, images)
    epochs = _epochs_per_step(job, network)
    job.reporter.say("Evaluating {} images".format(images.count))
    scored: List[Tuple[Checkpoint, Scores]] = []
    for checkpoint in job.scored:
        if job.ranks.rank == 0:
            resume(checkpoint.path, variables)
        stopped = share(backend, list(variables.values()), job.stop.requested)
        scores = None if stopped else evaluation.run()
        if scores is None:
            break
        line, *others = network.evaluation_lines(Progress(checkpoint.step, checkpoint.step * epochs), scores)
        tell_scores(job, line, checkpoint.step, scores)
        for other in others if job.ranks.rank == 0 else ():
            job.reporter.say(other)
        scored.append((checkpoint, scores))
    backend.finish()
    return _result(job, scored, scalars(variables.values()), epochs)


def _epochs_per_step(job: Job, network: Network) -> float:
    """How much of the training set a step passes over; not a number where the training images are not there."""
    try:
        images = network.open_images(job, "train")
    except UsageError:
        images = None
    if images is None:
        return math.nan
    return job.options.batch_size * job.ranks.world_size / images.count


def _result(job: Job, scored: List[Tuple[Checkpoint, Scores]], parameters: int, epochs: float) -> Result:
    """The newest checkpoint's scores, and which checkpoint has the best."""
    status = "finished" if len(scored) == len(job.scored) else "stopped"
    if not scored:
        return Result(status, 0, parameters=parameters)
    newest, scores = scored[-1]
    return Result(
        status,
        newest.step,
        epoch=newest.step * epochs,
        top1=scores.top1,
        top5=scores.top5,
        eval_loss=scores.loss,
        eval_images=scores.images,
        parameters=parameters,
        checkpoint=newest.path,
        best_checkpoint=max(scored, key=lambda pair: pair[1].top1)[0].path,
    )
