"""The images a job trains and evaluates on, as batches of tensors."""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

from engines.common.data.sampling import Shard, TrainingOrder
from engines.common.data.tfrecords import RecordReader, open_record_set
from engines.common.job import Job
from engines.common.step_plan import StepPlan
from engines.graph.framework import Operation, tf
from engines.graph.networks import GraphNetwork
from engines.inputs.batches import (
    Images,
    evaluation_batches,
    synthetic_batches,
    synthetic_evaluation_batches,
    training_batches,
)
from engines.ops.framework import Dataset, Tensor


class Iterator(NamedTuple):
    """Batches of a data set that can be started over; ``start`` is fed where the set starts at a step."""

    initializer: Operation
    batch: Tuple[Tensor, ...]
    start: Optional[Tensor] = None


def open_images(job: Job, prefix: str) -> Optional[Images]:
    """The training (``train``) or evaluation (``validation``) set; ``None`` when a stop was asked for."""
    options = job.options
    if options.synthetic:
        sizes = {"train": options.synthetic_train_images, "validation": options.synthetic_eval_images}
        return Images(sizes[prefix], None)
    cache = job.run_dir / "index" / (prefix + ".npz")
    index = open_record_set(options.data_dir, prefix, cache, job.ranks, job.stop)
    return None if index is None else Images(index.count, RecordReader(index))


def training_iterator(
    job: Job, network: GraphNetwork, images: Images, plan: StepPlan, threads: int
) -> Iterator:
    """Batches (images, labels) of this rank from the 0-based step ``start`` on."""
    options = job.options
    shard = Shard(job.ranks.rank, job.ranks.world_size, options.batch_size)
    start = tf.placeholder(tf.int64, [], "start_step")
    if images.reader is None:
        batches = synthetic_batches(shard, options.image_size, options.num_classes, options.seed)
    else:
        order = TrainingOrder(plan, shard, options.seed)
        batches = training_batches(
            images.reader,
            order,
            options.seed,
            start,
            plan.total_steps,
            shard,
            network.draws,
            network.training_image,
            threads,
        )
    return _iterator(batches, start)


def evaluation_iterator(job: Job, network: GraphNetwork, images: Images, threads: int) -> Iterator:
    """Batches (images, labels, weights) of this rank over the whole evaluation set."""
    options = job.options
    shard = Shard(job.ranks.rank, job.ranks.world_size, options.batch_size_eval)
    if images.reader is None:
        batches = synthetic_evaluation_batches(
            images.count, shard, options.image_size, options.num_classes, options.seed
        )
    else:
        batches = evaluation_batches(images.reader, shard, network.evaluation_image, threads)
    return _iterator(batches)


def _iterator(batches: Dataset, start: Optional[Tensor] = None) -> Iterator:
    iterator = tf.data.make_initializable_iterator(batches)
    return Iterator(iterator.initializer, iterator.get_next(), start)
