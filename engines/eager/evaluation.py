"""Scoring the evaluation set: every image once, over all ranks."""

from __future__ import annotations

from typing import Any, Optional

from engines.common.data.sharding import evaluation_steps
from engines.common.job import Job
from engines.common.reporting.scores import Scores
from engines.eager.backend import Backend
from engines.eager.datasets import evaluation_set
from engines.eager.framework import tf
from engines.eager.networks import Images, Network, batch_shard
from engines.eager.parameters import Parameters
from engines.eager.steps import EvaluationStep


class Evaluation:
    """Scores the network of ``parameters`` as it stands on ``images``."""

    def __init__(
        self, job: Job, network: Network, backend: Backend, parameters: Parameters, images: Images
    ) -> None:
        self._job = job
        self._step = EvaluationStep(network, backend, parameters)
        self._batches = evaluation_set(job, network, images, backend.threads)
        self._steps = evaluation_steps(images.count, batch_shard(job, training=False))

    def run(self) -> Optional[Scores]:
        """The scores, the same on every rank; ``None`` when a stop was asked for.

        The ranks agree on a stop in the sums of each batch, so that none is left waiting.
        """
        batches: Any = iter(self._batches)
        loss = top1 = top5 = images = 0.0
        for _ in range(self._steps):
            stop = tf.constant(float(self._job.stop.requested))
            sums = self._step(*next(batches), stop).numpy().tolist()
            loss, top1, top5, images = loss + sums[0], top1 + sums[1], top5 + sums[2], images + sums[3]
            if sums[4] > 0:
                return None
        return Scores(loss / images, top1 / images, top5 / images, round(images))
