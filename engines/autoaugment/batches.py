"""Batches of network input: which images, changed how, and in which order.

What is drawn for an image follows from seed, epoch and record alone, so a resumed training sees the same.
"""

from __future__ import annotations

from typing import Callable, Iterator, Tuple

import numpy as np
import torch
from torch import Tensor

from engines.autoaugment.augmentation import DRAWS, Augmentation, Normalisation
from engines.autoaugment.data.encoded import CROP_DRAWS
from engines.autoaugment.data.sets import ImageSet, PhotoSet, PixelSet, SyntheticSet
from engines.autoaugment.recipe import AutoAugmentSettings
from engines.common.data.sampling import (
    Shard,
    TrainingOrder,
    evaluation_records,
    evaluation_steps,
    uniform_draws,
)
from engines.common.job import Job
from engines.common.step_plan import StepPlan
from engines.pytorch.networks import Batch

CHUNK_IMAGES = 1024
"""Small images are augmented about so many at a time: a policy's operations then find enough to work on."""

Read = Callable[[np.ndarray, np.ndarray], Tuple[Tensor, Tensor]]
"""From record numbers ``[n]`` and draws ``[n, k]`` to network input and labels."""

NO_DRAWS = np.empty((0, 0), np.float32)


def training_batches(job: Job, images: ImageSet, plan: StepPlan, start: int, threads: int) -> Iterator[Batch]:
    """This rank's batches from the 0-based step ``start`` on."""
    options = AutoAugmentSettings.of(job.options)
    shard = Shard(job.ranks.rank, job.ranks.world_size, options.batch_size)
    if isinstance(images, SyntheticSet):
        batch = _synthetic_batch(job, options.batch_size)
        for _ in range(start, plan.total_steps):
            yield batch
        return
    if isinstance(images, PhotoSet):
        read, count, chunk = _photo_reader(job, images, threads, augmented=True), DRAWS + CROP_DRAWS, 1
    else:
        read, count, chunk = _pixel_reader(images, Augmentation(options)), DRAWS, CHUNK_IMAGES
    order = TrainingOrder(plan, shard, options.seed)
    step = start
    while step < plan.total_steps:
        ahead = 1 if step == start else max(1, chunk // options.batch_size)
        steps = range(step, min(plan.total_steps, step + ahead))
        numbered = [order.records(one) for one in steps]
        records = np.concatenate([part for _, part in numbered])
        draws = np.concatenate([uniform_draws(options.seed, epoch, part, count) for epoch, part in numbered])
        values, labels = read(records, draws)
        for first in range(0, len(records), options.batch_size):
            last = first + options.batch_size
            yield Batch(values[first:last], labels[first:last])
        step = steps.stop


def evaluation_batches(job: Job, images: ImageSet, threads: int) -> Iterator[Batch]:
    """This rank's batches over the whole evaluation set; the last is filled up at weight 0."""
    options = AutoAugmentSettings.of(job.options)
    shard = Shard(job.ranks.rank, job.ranks.world_size, options.batch_size_eval)
    if isinstance(images, SyntheticSet):
        batch = _synthetic_batch(job, options.batch_size_eval)
        read: Read = lambda records, draws: (batch.images, batch.labels)  # noqa: E731
    elif isinstance(images, PhotoSet):
        read = _photo_reader(job, images, threads, augmented=False)
    else:
        normalise = Normalisation(options)
        read = _pixel_reader(images, lambda pixels, draws: normalise(pixels))
    for step in range(evaluation_steps(images.count, shard)):
        records, weights = evaluation_records(images.count, shard, step)
        yield Batch(*read(records, NO_DRAWS), torch.from_numpy(weights))


def _pixel_reader(images: PixelSet, finish: Callable[[Tensor, np.ndarray], Tensor]) -> Read:
    def read(records: np.ndarray, draws: np.ndarray) -> Tuple[Tensor, Tensor]:
        values = finish(torch.from_numpy(images.pixels[records]), draws)
        return values, torch.from_numpy(images.labels[records])

    return read


def _photo_reader(job: Job, photos: PhotoSet, threads: int, augmented: bool) -> Read:
    from engines.autoaugment.photo_reader import PhotoReader  # needs Pillow, which small images do not

    return PhotoReader(AutoAugmentSettings.of(job.options), photos, threads, augmented).read


def _synthetic_batch(job: Job, size: int) -> Batch:
    options = AutoAugmentSettings.of(job.options)
    generator = torch.Generator().manual_seed(options.seed + job.ranks.rank)
    shape = (size, 3, options.image_size, options.image_size)
    images = torch.rand(shape, generator=generator).mul_(4.0).sub_(2.0)
    if options.channels_last:
        images = images.contiguous(memory_format=torch.channels_last)
    return Batch(images, torch.randint(options.num_classes, (size,), generator=generator))
