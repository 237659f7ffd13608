"""The images a job trains and evaluates on, as batches of tensors."""

from __future__ import annotations

from engines.common.data.sampling import TrainingOrder
from engines.common.job import Job
from engines.common.step_plan import StepPlan
from engines.eager.networks import EagerNetwork, batch_shard
from engines.inputs.batches import (
    Images,
    evaluation_batches,
    synthetic_batches,
    synthetic_evaluation_batches,
    training_batches,
)
from engines.ops.framework import Dataset


def training_set(
    job: Job, network: EagerNetwork, images: Images, plan: StepPlan, start: int, threads: int
) -> Dataset:
    """Dataset of (images, labels) of this rank from the 0-based step ``start`` on."""
    options = job.options
    shard = batch_shard(job, training=True)
    if images.reader is None:
        return synthetic_batches(shard, network.input_size(True), options.num_classes, options.seed)
    return training_batches(
        images.reader,
        TrainingOrder(plan, shard, options.seed),
        options.seed,
        start,
        plan.total_steps,
        shard,
        network.draws,
        network.training_image,
        threads,
    )


def evaluation_set(job: Job, network: EagerNetwork, images: Images, threads: int) -> Dataset:
    """Dataset of (images, labels, weights) of this rank over the whole evaluation set."""
    options = job.options
    shard = batch_shard(job, training=False)
    if images.reader is None:
        size = network.input_size(False)
        return synthetic_evaluation_batches(images.count, shard, size, options.num_classes, options.seed)
    return evaluation_batches(images.reader, shard, network.evaluation_image, threads)
