"""Scoring the evaluation set, every image once over all ranks; and mode ``evaluate``."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

from engines.common.checkpoints.folder import Checkpoint
from engines.common.data.sampling import Shard, evaluation_steps
from engines.common.errors import UsageError
from engines.common.job import Job
from engines.common.reporting.results import Result, Scores
from engines.common.step_plan import StepPlan, plan_steps
from engines.graph import datasets
from engines.graph.checkpoints import Assigner
from engines.graph.device import GraphDevice
from engines.graph.framework import Session, tf
from engines.graph.networks import GraphNetwork
from engines.graph.towers import build_evaluation
from engines.inputs.batches import Images
from engines.training.engine import Progress, tell_evaluation
from engines.training.outcome import evaluation_result

TABLE_HEADER = " step  epoch  top1    top5     loss   checkpoint_time(UTC)"


class Evaluation:
    """Scores the network by the variables as they stand on ``images``; built with the graph."""

    def __init__(self, job: Job, network: GraphNetwork, device: GraphDevice, images: Images) -> None:
        shard = Shard(job.ranks.rank, job.ranks.world_size, job.options.batch_size_eval)
        self._stop = job.stop
        self._iterator = datasets.evaluation_iterator(job, network, images, device.threads)
        self._tower = build_evaluation(network, job, device, self._iterator.batch)
        self._steps = evaluation_steps(images.count, shard)

    @property
    def parameters(self) -> int:
        """Number of trained scalars."""
        return self._tower.parameters

    def run(self, session: Session) -> Optional[Scores]:
        """The scores, the same on every rank; ``None`` when a stop was asked for.

        The ranks agree on a stop in the sums of each batch, so that none is left waiting.
        """
        tower = self._tower
        session.run(self._iterator.initializer)
        loss = top1 = top5 = images = 0.0
        for _ in range(self._steps):
            sums = session.run(tower.sums, {tower.stop: float(self._stop.requested)}).tolist()
            loss, top1, top5, images = loss + sums[0], top1 + sums[1], top5 + sums[2], images + sums[3]
            if sums[4] > 0:
                return None
        decay = float(session.run(tower.decay))
        return Scores(loss / images, top1 / images, top5 / images, round(images), decay)


def run_evaluation(job: Job, network: GraphNetwork, device: GraphDevice) -> Optional[Result]:
    """Score every checkpoint of the job by step; ``None`` when a stop was asked for before the first."""
    images = datasets.open_images(job, "validation")
    if images is None:
        return None
    evaluation = Evaluation(job, network, device, images)
    variables = tf.global_variables()
    assigner = Assigner(variables)
    several = job.ranks.world_size > 1
    initialise = tf.variables_initializer(variables) if several else tf.no_op()
    share = device.collectives.broadcast(variables) if several else tf.no_op()
    device.build_farewell()
    tf.get_default_graph().finalize()

    plan = _training_plan(job)
    job.reporter.say("Evaluating")
    job.reporter.say("Validation dataset size: {}".format(images.count))
    scored: List[Tuple[Checkpoint, Scores]] = []
    session = device.session()
    session.run(initialise)  # an NPU's broadcast also reads what it replaces
    for checkpoint in job.scored:
        if job.ranks.rank == 0:
            assigner.resume(session, checkpoint.path)
        session.run(share)
        scores = evaluation.run(session)
        if scores is None:
            break
        tell_evaluation(job, network, Progress(checkpoint.step, _epoch(plan, checkpoint)), scores)
        scored.append((checkpoint, scores))
    device.finish(session)
    device.close(session)
    _print_table(job, plan, scored)
    epoch = plan.epoch(scored[-1][0].step) if plan is not None and scored else None
    return evaluation_result(job, scored, evaluation.parameters, epoch)


def table_row(step: int, epoch: float, scores: Scores, checkpoint: Optional[Path]) -> str:
    """One row of the table that closes a run, with accuracies in percent as the seed prints them."""
    index = Path(str(checkpoint) + ".index")
    moment = index.stat().st_mtime if checkpoint is not None and index.exists() else time.time()
    return "{:5d}  {:5.1f}  {:5.3f}  {:6.2f}  {:6.2f}  {}".format(
        step,
        epoch,
        100.0 * scores.top1,
        100.0 * scores.top5,
        scores.loss,
        time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment)),
    )


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


def _epoch(plan: Optional[StepPlan], checkpoint: Checkpoint) -> float:
    return plan.epoch(checkpoint.step) if plan is not None else math.nan


def _print_table(job: Job, plan: Optional[StepPlan], scored: Sequence[Tuple[Checkpoint, Scores]]) -> None:
    """Close with the seed's table, if anything was scored."""
    if not scored:
        return
    job.reporter.say(TABLE_HEADER)
    for checkpoint, scores in scored:
        job.reporter.say(table_row(checkpoint.step, _epoch(plan, checkpoint), scores, checkpoint.path))
    job.reporter.say("Finished evaluation")
