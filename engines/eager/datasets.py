"""The images a job trains and evaluates on, as batches of tensors."""

from __future__ import annotations

from typing import Any, Optional

from engines.common.data.sharding import TrainingOrder
from engines.common.job import Job
from engines.eager.networks import Images, Network, batch_shard
from engines.inputs.batches import (
    evaluation_batches,
    synthetic_batches,
    synthetic_evaluation_batches,
    training_batches,
)
from engines.training.step_plan import StepPlan


def open_both(job: Job, network: Network) -> "Optional[tuple[Optional[Images], Optional[Images]]]":
    """The training and the evaluation images, as far as the mode needs them; ``None`` when a stop was asked
    for."""
    opened = []
    for wanted, split in ((job.trains, "train"), (job.evaluates, "validation")):
        images = network.open_images(job, split) if wanted else None
        if wanted and images is None:
            return None
        opened.append(images)
    return opened[0], opened[1]


def training_set(job: Job, network: Network, images: Images, plan: StepPlan, start: int, threads: int) -> Any:
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


def evaluation_set(job: Job, network: Network, images: Images, threads: int) -> Any:
    """Dataset of (images, labels, weights) of this rank over the whole evaluation set."""
    options = job.options
    shard = batch_shard(job, training=False)
    if images.reader is None:
        size = network.input_size(False)
        return synthetic_evaluation_batches(images.count, shard, size, options.num_classes, options.seed)
    return evaluation_batches(images.reader, shard, network.evaluation_image, threads)
