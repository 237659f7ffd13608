"""Layers on ``tf.nn`` and plain variables, with variable names that stay the same over all versions."""

from __future__ import annotations

import zlib
from typing import Any, Callable, List, Optional, Tuple

from engines.graph.framework import tf
from engines.graph.initializers import uniform
from engines.graph.taps import Taps


class Layers:
    """Builds one tower of a network, and taps every layer's output.

    ``training`` switches dropout on. ``seed`` and ``limit`` set the initial kernels (see
    :mod:`engines.graph.initializers`). ``dropout_seed`` and ``step`` (an int64 scalar) seed dropout and must
    differ between ranks and between steps. ``drop(x, keep_probability)`` replaces dropout's own arithmetic.
    ``parameters`` pairs every variable with its value in this step. Images are NHWC. A second tower built
    under ``tf.AUTO_REUSE`` shares the variables.
    """

    def __init__(
        self,
        training: bool,
        seed: int,
        limit: Callable[[int, int], float],
        taps: Optional[Taps] = None,
        dropout_seed: int = 0,
        step: Any = None,
        drop: Optional[Callable[[Any, float], Any]] = None,
    ) -> None:
        self.training = training
        self.parameters: List[Tuple[Any, Any]] = []
        self.taps = taps if taps is not None else Taps()
        self._seed = seed
        self._limit = limit
        self._dropout_seed = dropout_seed
        self._step = step
        self._drop = drop

    def conv2d(
        self,
        name: str,
        x: Any,
        filters: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        activation: Optional[Callable[[Any], Any]] = None,
    ) -> Any:
        """Convolution with bias; ``padding`` zeros are added on all four sides, then nothing more."""
        kernel, bias = self._weights(name, [kernel_size, kernel_size, int(x.shape[3]), filters])
        pads = [[0, 0], [padding, padding], [padding, padding], [0, 0]]
        y = tf.nn.conv2d(tf.pad(x, pads) if padding else x, kernel, [1, stride, stride, 1], "VALID")
        y = tf.nn.bias_add(y, bias)
        y = activation(y) if activation else y
        self.taps.record(name, y, input=x, kernel=kernel, bias=bias)
        return y

    def dense(self, name: str, x: Any, units: int, activation: Optional[Callable[[Any], Any]] = None) -> Any:
        """Fully connected layer with bias on ``[batch, features]``."""
        kernel, bias = self._weights(name, [int(x.shape[1]), units])
        y = tf.nn.bias_add(tf.matmul(x, kernel), bias)
        y = activation(y) if activation else y
        self.taps.record(name, y, input=x, kernel=kernel, bias=bias)
        return y

    def max_pool(self, name: str, x: Any, size: int, stride: int) -> Any:
        """Maximum over ``size`` x ``size`` windows that lie wholly inside."""
        y = tf.nn.max_pool(x, [1, size, size, 1], [1, stride, stride, 1], "VALID")
        self.taps.record(name, y, input=x)
        return y

    def dropout(self, name: str, x: Any, rate: float) -> Any:
        """Zero a share ``rate`` of the activations and scale up the rest, in training alone."""
        if not self.training or rate == 0.0:
            return x
        if self._drop is not None:
            return self._drop(x, 1.0 - rate)
        stream = tf.constant(self._dropout_seed + zlib.crc32(name.encode()), tf.int64)
        kept = tf.random.stateless_uniform(tf.shape(x), tf.stack([stream, self._step])) >= rate
        return tf.where(kept, x * (1.0 / (1.0 - rate)), tf.zeros_like(x))

    def _weights(self, name: str, shape: List[int]) -> Tuple[Any, Any]:
        """Kernel and bias of the layer ``name``."""
        initial = uniform(name + "/kernel", self._seed, self._limit)
        return (
            self._parameter(name + "/kernel", shape, initial),
            self._parameter(name + "/bias", shape[-1:], tf.zeros_initializer()),
        )

    def _parameter(self, name: str, shape: List[int], initial: Any) -> Any:
        """The value of a variable, read once so that all of the step sees the same."""
        variable = tf.get_variable(name, shape, initializer=initial, use_resource=True)
        value = variable.read_value()
        self.parameters.append((variable, value))
        return value
