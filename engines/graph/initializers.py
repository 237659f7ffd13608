"""Initial weights that depend on seed and variable name alone, so that every rank and version agrees."""

from __future__ import annotations

import math
import zlib
from typing import Callable, NamedTuple, Sequence, Tuple

from engines.graph.framework import tf
from engines.ops.framework import DType, Tensor

Initializer = Callable[..., Tensor]


class Distribution(NamedTuple):
    """The distribution of initial kernels: ``draw`` of TensorFlow's stateless random operations, given the
    shape, the seed and ``scale(fan_in, fan_out)``."""

    draw: Callable[[Sequence[int], Sequence[int], float], Tensor]
    scale: Callable[[int, int], float]


def uniform(limit: Callable[[int, int], float]) -> Distribution:
    """U(-x, x) with x as ``limit`` gives it for the fans."""
    return Distribution(
        lambda shape, seed, bound: tf.random.stateless_uniform(shape, seed, -bound, bound), limit
    )


def normal(deviation: Callable[[int, int], float]) -> Distribution:
    """The normal distribution around 0 with the standard deviation that ``deviation`` gives for the fans."""
    return Distribution(
        lambda shape, seed, spread: tf.random.stateless_normal(shape, seed, 0.0, spread), deviation
    )


TRUNCATED_DEVIATION = 0.87962566103423978
"""Standard deviation of a unit normal distribution cut off at two standard deviations."""


def truncated_normal(deviation: Callable[[int, int], float]) -> Distribution:
    """A normal distribution cut off at twice its width, whose own standard deviation is ``deviation``'s."""
    return Distribution(
        lambda shape, seed, spread: tf.random.stateless_truncated_normal(
            shape, seed, 0.0, spread / TRUNCATED_DEVIATION
        ),
        deviation,
    )


def fans(shape: Sequence[int]) -> Tuple[int, int]:
    """Fan-in and fan-out of a kernel ``[..., in, out]``."""
    receptive = 1
    for side in shape[:-2]:
        receptive *= side
    return receptive * shape[-2], receptive * shape[-1]


def he_uniform(fan_in: int, fan_out: int) -> float:
    """Limit of U(-x, x) after He et al., "Delving deep into rectifiers" (2015)."""
    return math.sqrt(6.0 / fan_in)


def he_fan_out(fan_in: int, fan_out: int) -> float:
    """Standard deviation after He et al. that keeps the variance of the backward pass."""
    return math.sqrt(2.0 / fan_out)


def xavier(fan_in: int, fan_out: int) -> float:
    """Limit of U(-x, x) after Glorot and Bengio, "Understanding the difficulty…" (2010)."""
    return math.sqrt(6.0 / (fan_in + fan_out))


def he_uniform_custom(fan_in: int, fan_out: int) -> float:
    """Limit of U(-x, x) of a uniform variance scaling by one third over the fan-in."""
    return math.sqrt(1.0 / fan_in)


def inverse_root_fan_out(fan_in: int, fan_out: int) -> float:
    """1 / √fan-out."""
    return 1.0 / math.sqrt(fan_out)


def initial_kernel(name: str, seed: int, distribution: Distribution) -> Initializer:
    """Initialiser of the kernel called ``name``, float32."""

    def initial_value(shape: Sequence[int], dtype: DType = tf.float32, partition_info: None = None) -> Tensor:
        scale = distribution.scale(*fans(list(shape)))
        return distribution.draw(shape, [seed, zlib.crc32(name.encode())], scale)

    return initial_value
