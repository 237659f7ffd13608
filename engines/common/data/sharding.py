"""Which records a rank reads at which step.

The shuffle is one permutation per epoch, the same on every rank, of which each step takes the next
global batch and each rank its own slice. Everything follows from seed and step, so a resumed training
reads on exactly where it stopped, and the shards of the ranks are disjoint by construction.
"""

from __future__ import annotations

from typing import NamedTuple, Tuple

import numpy as np

from engines.common.data.draws import epoch_order
from engines.training.step_plan import StepPlan


class Shard(NamedTuple):
    """One rank's part of every global batch: ``batch_size`` images of ``world_size`` times as many."""

    rank: int
    world_size: int
    batch_size: int


class TrainingOrder:
    """Tells which records a rank trains on at a step."""

    def __init__(self, plan: StepPlan, shard: Shard, seed: int) -> None:
        self._plan = plan
        self._shard = shard
        self._seed = seed
        self._cached = (-1, np.empty(0, dtype=np.int64))

    def records(self, step: int) -> Tuple[int, np.ndarray]:
        """The epoch of the 0-based ``step`` and this rank's record numbers, int64 ``[batch_size]``."""
        epoch, place = divmod(step, self._plan.steps_per_epoch)
        cached = self._cached
        if cached[0] != epoch:
            cached = (epoch, epoch_order(self._seed, epoch, self._plan.train_images))
            self._cached = cached
        start = place * self._plan.global_batch + self._shard.rank * self._shard.batch_size
        return epoch, cached[1][start : start + self._shard.batch_size]


def evaluation_steps(images: int, shard: Shard) -> int:
    """Steps in which all ranks together see ``images`` images once."""
    global_batch = shard.world_size * shard.batch_size
    return -(-images // global_batch)


def evaluation_records(images: int, shard: Shard, step: int) -> Tuple[np.ndarray, np.ndarray]:
    """This rank's record numbers at the 0-based ``step`` and their weights, each ``[batch_size]``.

    The last global batch is filled up with record 0 at weight 0; every other weight is 1.
    """
    start = (step * shard.world_size + shard.rank) * shard.batch_size
    records = np.arange(start, start + shard.batch_size)
    real = records < images
    return np.where(real, records, 0), real.astype(np.float32)
