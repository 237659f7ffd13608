"""Scoring the evaluation set, every image once over all ranks; and mode ``evaluate``."""

from __future__ import annotations

import math
from typing import List, Optional, Tuple

from engines.common.checkpoints.folder import Checkpoint
from engines.common.data.sampling import evaluation_steps
from engines.common.errors import UsageError
from engines.common.job import Job
from engines.common.reporting.results import Result, Scores
from engines.eager.checkpoints import resume
from engines.eager.datasets import evaluation_set
from engines.eager.device import EagerDevice
from engines.eager.framework import tf
from engines.eager.networks import EagerNetwork, batch_shard
from engines.eager.parameters import Parameters, scalars
from engines.eager.state import new_parameters
from engines.eager.steps import EvaluationStep, share
from engines.inputs.batches import Images
from engines.training.engine import Progress, tell_evaluation
from engines.training.outcome import evaluation_result


class Evaluation:
    """Scores the network of ``parameters`` as it stands on ``images``."""

    def __init__(
        self, job: Job, network: EagerNetwork, device: EagerDevice, parameters: Parameters, images: Images
    ) -> None:
        self._job = job
        self._step = EvaluationStep(network, device, parameters)
        self._batches = evaluation_set(job, network, images, device.threads)
        self._steps = evaluation_steps(images.count, batch_shard(job, training=False))

    def run(self) -> Optional[Scores]:
        """The scores, the same on every rank; ``None`` when a stop was asked for.

        The ranks agree on a stop in the sums of each batch, so that none is left waiting.
        """
        batches = iter(self._batches)
        loss = top1 = top5 = images = 0.0
        for _ in range(self._steps):
            stop = tf.constant(float(self._job.stop.requested))
            batch_images, labels, weights = next(batches)
            sums = self._step(batch_images, labels, weights, stop).numpy().tolist()
            loss, top1, top5, images = loss + sums[0], top1 + sums[1], top5 + sums[2], images + sums[3]
            if sums[4] > 0:
                return None
        return Scores(loss / images, top1 / images, top5 / images, round(images))


def run_evaluation(job: Job, network: EagerNetwork, device: EagerDevice) -> Optional[Result]:
    """Score every checkpoint of the job by step; ``None`` when a stop was asked for before the first."""
    images = network.open_images(job, "validation")
    if images is None:
        return None
    network.settle(images)
    parameters = new_parameters(network, job.options)
    variables = parameters.variables
    evaluation = Evaluation(job, network, device, parameters, images)
    epochs = _epochs_per_step(job, network)
    job.reporter.say("Evaluating {} images".format(images.count))
    scored: List[Tuple[Checkpoint, Scores]] = []
    for checkpoint in job.scored:
        if job.ranks.rank == 0:
            resume(checkpoint.path, variables)
        stopped = share(device, list(variables.values()), job.stop.requested)
        scores = None if stopped else evaluation.run()
        if scores is None:
            break
        tell_evaluation(job, network, Progress(checkpoint.step, checkpoint.step * epochs), scores)
        scored.append((checkpoint, scores))
    device.finish()
    epoch = scored[-1][0].step * epochs if scored else None
    return evaluation_result(job, scored, scalars(variables.values()), epoch)


def _epochs_per_step(job: Job, network: EagerNetwork) -> float:
    """The share of the training set in one step; not a number where the training images are not there."""
    try:
        images = network.open_images(job, "train")
    except UsageError:
        images = None
    if images is None:
        return math.nan
    return float(job.options.batch_size * job.ranks.world_size / images.count)
