"""The records a rank reads at a step, and the random numbers drawn for each.

The shuffle is one permutation per epoch, the same on every rank, of which each step takes the next global
batch and each rank its own slice: the shards of the ranks are disjoint by construction. All follows from seed,
epoch and record, not from the rank that reads it, the batch it falls into, the threads that prepare it, or the
step at which a training was resumed.
"""

from __future__ import annotations

from typing import NamedTuple, Tuple

import numpy as np

from engines.common.step_plan import StepPlan

_GAMMA = 0x9E3779B97F4A7C15
_WORD = (1 << 64) - 1


def epoch_order(seed: int, epoch: int, count: int) -> np.ndarray:
    """The permutation of ``range(count)`` in which ``epoch`` visits the records, int64 ``[count]``."""
    return np.random.RandomState([seed & 0xFFFFFFFF, epoch & 0xFFFFFFFF]).permutation(count)


def uniform_draws(seed: int, epoch: int, records: np.ndarray, count: int) -> np.ndarray:
    """``count`` numbers in [0, 1) for each of ``records`` in ``epoch``: float32 ``[len(records), count]``.

    Counter-based by SplitMix64's finaliser (Steele, Lea and Flood, "Fast splittable pseudorandom number
    generators", 2014).
    """
    stream = np.array([(seed * _GAMMA + epoch) & _WORD], dtype=np.uint64)
    keys = _mix(_mix(stream) ^ np.asarray(records, dtype=np.uint64))
    counters = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GAMMA)
    bits = _mix(keys[:, np.newaxis] + counters[np.newaxis, :])
    draws: np.ndarray = ((bits >> np.uint64(40)).astype(np.float64) / float(1 << 24)).astype(np.float32)
    return draws


def _mix(words: np.ndarray) -> np.ndarray:
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.ndarray = words ^ (words >> np.uint64(31))
    return mixed


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
