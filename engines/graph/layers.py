"""Layers on ``tf.nn`` and plain variables, with variable names that stay the same over all versions."""

from __future__ import annotations

import contextlib
import zlib
from typing import Callable, Iterator, List, Optional, Sequence, Tuple, Union

from engines.common.dumps.taps import Taps
from engines.graph.averages import BatchStatistic, average_name
from engines.graph.framework import tf
from engines.graph.initializers import Distribution, Initializer, initial_kernel
from engines.ops.framework import Tensor

Activation = Optional[Callable[[Tensor], Tensor]]


class Layers:
    """Builds one tower of a network, and taps every layer's output.

    ``training`` switches dropout on, and batch normalisation to the statistics of the batch. ``seed`` and
    the two distributions set the initial kernels. ``noise_seed`` and ``step`` (an int64 scalar) seed what is
    random in a step and must differ between ranks and between steps. ``drop(x, keep_probability)`` replaces
    dropout's own arithmetic. ``averaged`` takes the moving averages of the variables in their place.

    ``parameters`` pairs every trained variable with its value in this step; ``statistics`` are those of batch
    normalisation. Images are NHWC. A second tower built under ``tf.AUTO_REUSE`` shares the variables.
    """

    def __init__(
        self,
        training: bool,
        seed: int,
        conv_kernel: Distribution,
        dense_kernel: Distribution,
        taps: Optional[Taps] = None,
        noise_seed: int = 0,
        step: Tensor = None,
        drop: Optional[Callable[[Tensor, float], Tensor]] = None,
        averaged: bool = False,
    ) -> None:
        self.training = training
        self.parameters: List[Tuple[Tensor, Tensor]] = []
        self.statistics: List[BatchStatistic] = []
        self.taps = taps if taps is not None else Taps()
        self._seed = seed
        self._conv_kernel = conv_kernel
        self._dense_kernel = dense_kernel
        self._noise_seed = noise_seed
        self._step = step
        self._drop = drop
        self._averaged = averaged
        self._prefix = ""

    @contextlib.contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Put ``name/`` before the names of the layers built inside."""
        outer, self._prefix = self._prefix, self._prefix + name + "/"
        try:
            yield
        finally:
            self._prefix = outer

    def conv2d(
        self,
        name: str,
        x: Tensor,
        filters: int,
        kernel_size: int,
        stride: int = 1,
        padding: Union[int, str] = 0,
        activation: Activation = None,
        bias: bool = True,
    ) -> Tensor:
        """Convolution. ``padding`` zeros are added on all four sides, or as TensorFlow's ``SAME`` does."""
        name = self._prefix + name
        shape = [kernel_size, kernel_size, int(x.shape[3]), filters]
        used = {"kernel": self._kernel(name + "/kernel", shape, self._conv_kernel)}
        x_padded, mode = _padded(x, padding)
        y = tf.nn.conv2d(x_padded, used["kernel"], [1, stride, stride, 1], mode)
        if bias:
            used["bias"] = self._parameter(name + "/bias", [filters], tf.zeros_initializer())
            y = tf.nn.bias_add(y, used["bias"])
        return self._out(name, y, activation, input=x, **used)

    def depthwise_conv2d(self, name: str, x: Tensor, kernel_size: int, stride: int = 1) -> Tensor:
        """One ``SAME`` convolution for each channel, without bias."""
        name = self._prefix + name
        shape = [kernel_size, kernel_size, int(x.shape[3]), 1]
        kernel = self._kernel(name + "/depthwise_kernel", shape, self._conv_kernel)
        y = tf.nn.depthwise_conv2d(x, kernel, [1, stride, stride, 1], "SAME")
        return self._out(name, y, None, input=x, depthwise_kernel=kernel)

    def batch_norm(
        self, name: str, x: Tensor, momentum: float, epsilon: float, activation: Activation = None
    ) -> Tensor:
        """Batch normalisation (Ioffe and Szegedy, 2015) of the last axis of four, with scale and offset.

        The moving variance takes the batch's with Bessel's correction, as TensorFlow's fused operation
        gives it. What the moving values become is up to the owner of :attr:`statistics`.
        """
        name = self._prefix + name
        shape = [int(x.shape[3])]
        gamma = self._parameter(name + "/gamma", shape, tf.ones_initializer())
        beta = self._parameter(name + "/beta", shape, tf.zeros_initializer())
        mean = self._variable(name + "/moving_mean", shape, tf.zeros_initializer(), trainable=False)
        variance = self._variable(name + "/moving_variance", shape, tf.ones_initializer(), trainable=False)
        if self.training:
            y, batch_mean, batch_variance = tf.nn.fused_batch_norm(x, gamma, beta, epsilon=epsilon)
            self.statistics.append(BatchStatistic(mean, batch_mean, momentum))
            self.statistics.append(BatchStatistic(variance, batch_variance, momentum))
        else:
            moving = {"mean": mean.read_value(), "variance": variance.read_value()}
            y, _, _ = tf.nn.fused_batch_norm(x, gamma, beta, epsilon=epsilon, is_training=False, **moving)
        return self._out(name, y, activation, input=x, gamma=gamma, beta=beta)

    def dense(self, name: str, x: Tensor, units: int, activation: Activation = None) -> Tensor:
        """Fully connected layer with bias on ``[batch, features]``."""
        name = self._prefix + name
        kernel = self._kernel(name + "/kernel", [int(x.shape[1]), units], self._dense_kernel)
        bias = self._parameter(name + "/bias", [units], tf.zeros_initializer())
        y = tf.nn.bias_add(tf.matmul(x, kernel), bias)
        return self._out(name, y, activation, input=x, kernel=kernel, bias=bias)

    def max_pool(self, name: str, x: Tensor, size: int, stride: int) -> Tensor:
        """Maximum over ``size`` x ``size`` windows that lie wholly inside."""
        y = tf.nn.max_pool(x, [1, size, size, 1], [1, stride, stride, 1], "VALID")
        return self._out(self._prefix + name, y, None, input=x)

    def global_average(self, name: str, x: Tensor) -> Tensor:
        """Mean over height and width, ``[batch, channels]``."""
        return self._out(self._prefix + name, tf.reduce_mean(x, axis=[1, 2]), None, input=x)

    def add(self, name: str, terms: Sequence[Tensor], activation: Activation = None) -> Tensor:
        """The sum of ``terms``, all of one shape."""
        y = tf.add_n(list(terms)) if len(terms) > 1 else terms[0]
        inputs = {"term{}".format(number): term for number, term in enumerate(terms, 1)}
        return self._out(self._prefix + name, y, activation, **inputs)

    def dropout(self, name: str, x: Tensor, rate: float) -> Tensor:
        """Zero a share ``rate`` of the activations and scale up the rest, in training alone."""
        if not self.training or rate == 0.0:
            return x
        if self._drop is not None:
            return self._drop(x, 1.0 - rate)
        return _kept(x, self._noise(name, tf.shape(x)) >= rate, rate)

    def drop_connect(self, name: str, x: Tensor, rate: float) -> Tensor:
        """Zero a share ``rate`` of the images of a batch and scale up the rest, in training alone.

        Stochastic depth of Huang et al. (2016) where ``x`` is the branch beside a skip connection.
        """
        if not self.training or rate == 0.0:
            return x
        return _kept(x, self._noise(name, [tf.shape(x)[0], 1, 1, 1]) >= rate, rate)

    def _noise(self, name: str, shape: Tensor) -> Tensor:
        """Numbers in [0, 1) that belong to this layer, step and rank."""
        stream = tf.constant(self._noise_seed + zlib.crc32((self._prefix + name).encode()), tf.int64)
        return tf.random.stateless_uniform(shape, tf.stack([stream, self._step]))

    def _out(self, name: str, y: Tensor, activation: Activation, **inputs: Tensor) -> Tensor:
        y = activation(y) if activation else y
        self.taps.record(name, y, **inputs)
        return y

    def _kernel(self, name: str, shape: List[int], distribution: Distribution) -> Tensor:
        return self._parameter(name, shape, initial_kernel(name, self._seed, distribution))

    def _parameter(self, name: str, shape: List[int], initial: Initializer) -> Tensor:
        """The value of a trained variable, read once so that all of the step sees the same."""
        variable = self._variable(name, shape, initial, trainable=True)
        value = variable.read_value()
        self.parameters.append((variable, value))
        return value

    def _variable(self, name: str, shape: List[int], initial: Initializer, trainable: bool) -> Tensor:
        if self._averaged:
            name, trainable = average_name(name), False
        return tf.get_variable(name, shape, initializer=initial, use_resource=True, trainable=trainable)


def _padded(x: Tensor, padding: Union[int, str]) -> Tuple[Tensor, str]:
    """``x`` with its zeros around it, and the padding mode for what is left to add."""
    if isinstance(padding, str):
        return x, padding
    sides = [padding, padding]
    return (tf.pad(x, [[0, 0], sides, sides, [0, 0]]) if padding else x), "VALID"


def _kept(x: Tensor, kept: Tensor, rate: float) -> Tensor:
    return x * tf.cast(kept, x.dtype) * (1.0 / (1.0 - rate))
