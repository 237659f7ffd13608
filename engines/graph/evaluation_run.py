"""Mode ``evaluate``: score checkpoints without training."""

from __future__ import annotations

import math
from typing import List, Optional, Sequence, Tuple

from engines.common.checkpoints.files import Checkpoint
from engines.common.data.sharding import Shard, evaluation_steps
from engines.common.errors import UsageError
from engines.common.job import Job
from engines.common.reporting.results import Result
from engines.common.reporting.scores import Scores
from engines.graph import datasets
from engines.graph.backend import Backend
from engines.graph.evaluation import TABLE_HEADER, evaluate, report, table_row
from engines.graph.framework import tf
from engines.graph.networks import Network
from engines.graph.restore import Assigner
from engines.graph.towers import build_evaluation
from engines.training.step_plan import StepPlan, plan_steps


def run_evaluation(job: Job, network: Network, backend: Backend) -> Optional[Result]:
    """Score every checkpoint of the job by step; ``None`` when a stop was asked for before the first."""
    images = datasets.open_images(job, "validation")
    if images is None:
        return None
    iterator = datasets.evaluation_iterator(job, network, images, backend.threads)
    tower = build_evaluation(network, job, backend, iterator.batch)
    variables = tf.global_variables()
    assigner = Assigner(variables)
    several = job.ranks.world_size > 1
    initialise = tf.variables_initializer(variables) if several else tf.no_op()
    share = backend.collectives.broadcast(variables) if several else tf.no_op()
    backend.build_farewell()
    tf.get_default_graph().finalize()

    plan = _training_plan(job)
    job.reporter.say("Evaluating")
    job.reporter.say("Validation dataset size: {}".format(images.count))
    shard = Shard(job.ranks.rank, job.ranks.world_size, job.options.batch_size_eval)
    scored: List[Tuple[Checkpoint, Scores]] = []
    session = backend.session()
    session.run(initialise)  # an NPU's broadcast also reads what it replaces
    for checkpoint in job.scored:
        if job.ranks.rank == 0:
            assigner.resume(session, checkpoint.path)
        session.run(share)
        scores = evaluate(session, job, tower, iterator, evaluation_steps(images.count, shard))
        if scores is None:
            break
        report(job, network, checkpoint.step, plan.epoch(checkpoint.step) if plan else math.nan, scores)
        scored.append((checkpoint, scores))
    backend.finish(session)
    backend.close(session)
    return _result(job, plan, scored, tower.parameters)


def _training_plan(job: Job) -> Optional[StepPlan]:
    """The plan by which steps count as epochs; ``None`` where the training images are not there."""
    try:
        images = datasets.open_images(job, "train")
        options = job.options
        if images is not None:
            return plan_steps(
                images.count, options.batch_size, job.ranks.world_size, options.max_epochs, None
            )
    except UsageError:
        pass
    return None


def _result(
    job: Job, plan: Optional[StepPlan], scored: Sequence[Tuple[Checkpoint, Scores]], parameters: int
) -> Result:
    """The newest checkpoint's scores, and which checkpoint has the best; prints the seed's table."""
    status = "finished" if len(scored) == len(job.scored) else "stopped"
    if not scored:
        return Result(status, 0, parameters=parameters)
    job.reporter.say(TABLE_HEADER)
    for checkpoint, scores in scored:
        epoch = plan.epoch(checkpoint.step) if plan else math.nan
        job.reporter.say(table_row(checkpoint.step, epoch, scores, checkpoint.path))
    job.reporter.say("Finished evaluation")
    newest, scores = scored[-1]
    return Result(
        status,
        newest.step,
        epoch=plan.epoch(newest.step) if plan else None,
        top1=scores.top1,
        top5=scores.top5,
        eval_loss=scores.loss,
        eval_images=scores.images,
        parameters=parameters,
        checkpoint=newest.path,
        best_checkpoint=max(scored, key=lambda pair: pair[1].top1)[0].path,
    )
