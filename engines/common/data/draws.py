"""Random numbers as pure functions of seed, epoch and record.

What is drawn for an image depends on nothing else: not on the rank that reads it, the batch it falls
into, the threads that prepare it, or where a training was resumed.
"""

from __future__ import annotations

import numpy as np

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
