"""Input pipelines: the way of the records a rank reads into batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional, Tuple

import numpy as np

from engines.common.data.sampling import (
    Shard,
    TrainingOrder,
    evaluation_records,
    evaluation_steps,
    uniform_draws,
)
from engines.common.data.tfrecords import RecordReader
from engines.ops.framework import Dataset, Tensor, tf


@dataclass(frozen=True)
class Images:
    """One set of images: its size, and a reader unless it is synthetic."""

    count: int
    reader: Optional[RecordReader]


Prepare = Callable[[Tensor, Tensor], Tuple[Tensor, Tensor]]
"""(payload, draws float32 ``[n]``) -> (image float32 ``[height, width, 3]``, label int32)."""


def training_batches(
    reader: RecordReader,
    order: TrainingOrder,
    seed: int,
    start_step: Tensor,
    total_steps: int,
    shard: Shard,
    draws: int,
    prepare: Prepare,
    threads: int,
) -> Dataset:
    """Dataset of (images, labels) for the steps from ``start_step`` (a scalar int64 tensor) on."""

    def read(step: int) -> Tuple[np.ndarray, np.ndarray]:
        epoch, records = order.records(int(step))
        return _payloads(reader, records), uniform_draws(seed, epoch, records, draws)

    def read_step(step: Tensor) -> Tuple[Tensor, Tensor]:
        payloads, numbers = tf.numpy_function(read, [step], [tf.string, tf.float32])
        payloads.set_shape([shard.batch_size])
        numbers.set_shape([shard.batch_size, draws])
        return payloads, numbers

    steps = tf.data.Dataset.range(start_step, total_steps)
    return _batches(steps.map(read_step, num_parallel_calls=2), prepare, shard.batch_size, threads)


def evaluation_batches(
    reader: RecordReader, shard: Shard, prepare: Callable[[Tensor], Tuple[Tensor, Tensor]], threads: int
) -> Dataset:
    """Dataset of (images, labels, weights) that covers the whole set once over all ranks."""
    images = reader.index.count

    def read(step: int) -> Tuple[np.ndarray, np.ndarray]:
        records, weights = evaluation_records(images, shard, int(step))
        return _payloads(reader, records), weights

    def read_step(step: Tensor) -> Tuple[Tensor, Tensor]:
        payloads, weights = tf.numpy_function(read, [step], [tf.string, tf.float32])
        payloads.set_shape([shard.batch_size])
        weights.set_shape([shard.batch_size])
        return payloads, weights

    def prepare_weighted(payload: Tensor, weight: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        image, label = prepare(payload)
        return image, label, weight

    steps = tf.data.Dataset.range(evaluation_steps(images, shard))
    return _batches(steps.map(read_step, num_parallel_calls=2), prepare_weighted, shard.batch_size, threads)


def synthetic_batches(shard: Shard, image_size: int, num_classes: int, seed: int) -> Dataset:
    """Dataset that repeats one made-up batch of (images, labels) for ever."""
    images, labels = _synthetic_batch(shard, image_size, num_classes, seed)
    return tf.data.Dataset.from_tensors((images, labels)).repeat()


def synthetic_evaluation_batches(
    count: int, shard: Shard, image_size: int, num_classes: int, seed: int
) -> Dataset:
    """Dataset of (images, labels, weights) that shows made-up batches for ``count`` images over all ranks."""
    images, labels = _synthetic_batch(shard, image_size, num_classes, seed)
    steps = evaluation_steps(count, shard)
    weights = np.stack([evaluation_records(count, shard, step)[1] for step in range(steps)])
    return tf.data.Dataset.from_tensor_slices(weights).map(lambda weight: (images, labels, weight))


def _synthetic_batch(shard: Shard, image_size: int, num_classes: int, seed: int) -> Tuple[Tensor, Tensor]:
    shape = [shard.batch_size, image_size, image_size, 3]
    images = tf.random.stateless_uniform(shape, [seed, shard.rank], -2.0, 2.0)
    labels = np.random.RandomState(seed + shard.rank).randint(0, num_classes, shard.batch_size)
    return images, tf.constant(labels, tf.int32)


def _payloads(reader: RecordReader, records: np.ndarray) -> np.ndarray:
    return np.array([reader.read(int(record)) for record in records], dtype=object)


def _batches(
    reads: Dataset, prepare: Callable[..., Tuple[Tensor, ...]], batch_size: int, threads: int
) -> Dataset:
    """Prepare the records of each read one by one, in parallel, and put them together again in order."""
    records = reads.flat_map(lambda *columns: tf.data.Dataset.from_tensor_slices(columns))
    prepared = records.map(prepare, num_parallel_calls=max(2, threads))
    return prepared.batch(batch_size, drop_remainder=True).prefetch(2)
