"""Batches of network input: which images, changed how, and in which order.

What is drawn for an image follows from seed, epoch and record alone, so a resumed training sees the same.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Iterator, List, Optional, Tuple

import numpy as np
import torch
from torch import Tensor

from engines.autoaugment.augmentation import DRAWS, Augmentation, Normalisation
from engines.autoaugment.data.encoded import CROP_DRAWS, decode
from engines.autoaugment.data.sets import ImageSet, PhotoSet, PixelSet, SyntheticSet
from engines.common.draws import uniform_draws
from engines.common.job import Job
from engines.common.plan import StepPlan
from engines.common.sharding import Shard, TrainingOrder, evaluation_records, evaluation_steps
from engines.pytorch.training import Batch

CHUNK_IMAGES = 1024
"""Small images are augmented about so many at a time: a policy's operations then find enough to work on."""

Read = Callable[[np.ndarray, Optional[np.ndarray]], Tuple[Tensor, Tensor]]


def training_batches(job: Job, images: ImageSet, plan: StepPlan, start: int, threads: int) -> Iterator[Batch]:
    """This rank's batches from the 0-based step ``start`` on."""
    options = job.options
    shard = Shard(job.ranks.rank, job.ranks.world_size, options.batch_size)
    if isinstance(images, SyntheticSet):
        batch = _synthetic_batch(job, options.batch_size)
        for _ in range(start, plan.total_steps):
            yield batch
        return
    augment = Augmentation(options, shift=isinstance(images, PixelSet))
    order = TrainingOrder(plan, shard, options.seed)
    photos = isinstance(images, PhotoSet)
    crop_draws = CROP_DRAWS if photos and options.random_crop else 0
    read = _reader(images, options.image_size, threads)
    chunk = 1 if photos else max(1, CHUNK_IMAGES // options.batch_size)
    step = start
    while step < plan.total_steps:
        steps = range(step, min(plan.total_steps, step + (1 if step == start else chunk)))
        numbered = [order.records(one) for one in steps]
        records = np.concatenate([part for _, part in numbered])
        draws = np.concatenate(
            [uniform_draws(options.seed, epoch, part, DRAWS + crop_draws) for epoch, part in numbered]
        )
        pixels, labels = read(records, draws[:, DRAWS:] if crop_draws else None)
        values = augment(pixels, draws[:, :DRAWS])
        for part in torch.arange(len(records)).split(options.batch_size):
            first, last = int(part[0]), int(part[-1]) + 1
            yield Batch(values[first:last], labels[first:last])
        step = steps.stop


def evaluation_batches(job: Job, images: ImageSet, threads: int) -> Iterator[Batch]:
    """This rank's batches over the whole evaluation set; the last is filled up at weight 0."""
    options = job.options
    shard = Shard(job.ranks.rank, job.ranks.world_size, options.batch_size_eval)
    normalise = Normalisation(options)
    synthetic = isinstance(images, SyntheticSet)
    read = None if synthetic else _reader(images, options.image_size, threads)
    made_up = _synthetic_batch(job, options.batch_size_eval) if synthetic else None
    for step in range(evaluation_steps(images.count, shard)):
        records, weights = evaluation_records(images.count, shard, step)
        weighted = torch.from_numpy(weights)
        if read is None:
            assert made_up is not None
            yield made_up._replace(weights=weighted)
        else:
            pixels, labels = read(records, None)
            yield Batch(normalise(pixels), labels, weighted)


def _reader(images: ImageSet, side: int, threads: int) -> Read:
    """A function from record numbers, and draws for crops or none, to uint8 images and labels."""
    if isinstance(images, PixelSet):
        pixels, labels = images.pixels, images.labels
        return lambda records, _: (torch.from_numpy(pixels[records]), torch.from_numpy(labels[records]))
    assert isinstance(images, PhotoSet)
    photos = images
    pool = ThreadPoolExecutor(max_workers=max(2, threads))

    def decode_one(numbered: "Tuple[int, Optional[np.ndarray]]") -> Tuple[np.ndarray, int]:
        record, draws = numbered
        payload, label = photos.encoded(record)
        return decode(payload, photos.source(record), side, draws), label

    def read(records: np.ndarray, draws: Optional[np.ndarray]) -> Tuple[Tensor, Tensor]:
        crops: List[Optional[np.ndarray]] = [None] * len(records) if draws is None else list(draws)
        decoded = list(pool.map(decode_one, zip(records.tolist(), crops)))
        labels = torch.tensor([label for _, label in decoded])
        return torch.from_numpy(np.stack([image for image, _ in decoded])), labels

    return read


def _synthetic_batch(job: Job, size: int) -> Batch:
    options = job.options
    generator = torch.Generator().manual_seed(options.seed + job.ranks.rank)
    shape = (size, 3, options.image_size, options.image_size)
    images = torch.rand(shape, generator=generator).mul_(4.0).sub_(2.0)
    if options.channels_last:
        images = images.contiguous(memory_format=torch.channels_last)
    return Batch(images, torch.randint(options.num_classes, (size,), generator=generator))
