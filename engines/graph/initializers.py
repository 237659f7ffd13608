"""Initial weights that depend on seed and variable name alone, so that every rank and version agrees."""

from __future__ import annotations

import math
import zlib
from typing import Any, Callable, Sequence, Tuple

from engines.graph.framework import tf

Initializer = Callable[..., Any]


def fans(shape: Sequence[int]) -> Tuple[int, int]:
    """Fan-in and fan-out of a kernel ``[..., in, out]``."""
    receptive = 1
    for side in shape[:-2]:
        receptive *= side
    return receptive * shape[-2], receptive * shape[-1]


def he_uniform(fan_in: int, fan_out: int) -> float:
    """Limit of U(-x, x) after He et al., "Delving deep into rectifiers" (2015)."""
    return math.sqrt(6.0 / fan_in)


def xavier(fan_in: int, fan_out: int) -> float:
    """Limit of U(-x, x) after Glorot and Bengio, "Understanding the difficulty…" (2010)."""
    return math.sqrt(6.0 / (fan_in + fan_out))


def he_uniform_custom(fan_in: int, fan_out: int) -> float:
    """Limit of U(-x, x) of a uniform variance scaling by one third over the fan-in."""
    return math.sqrt(1.0 / fan_in)


def uniform(name: str, seed: int, limit: Callable[[int, int], float]) -> Initializer:
    """Initialiser of the kernel called ``name``: U(-x, x) with x as ``limit`` gives it for the fans."""

    def initial_value(shape: Sequence[int], dtype: Any = tf.float32, partition_info: Any = None) -> Any:
        bound = limit(*fans(list(shape)))
        return tf.random.stateless_uniform(shape, [seed, zlib.crc32(name.encode())], -bound, bound, dtype)

    return initial_value
