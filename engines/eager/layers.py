"""The layers of residual networks without batch statistics, on ``tf.nn`` and plain variables."""

from __future__ import annotations

from typing import Optional

from engines.common.dumps.taps import Taps
from engines.eager.framework import tf
from engines.eager.parameters import Parameters, ones, zeros
from engines.ops.framework import DType, Tensor

GROUP_NORM_EPSILON = 1e-5
STANDARDISATION_EPSILON = 1e-10


class Layers:
    """Computes one network once, and taps every layer's output where there are ``taps``.

    Images are NHWC. Convolutions compute in ``dtype``; statistics, normalisation factors and the head stay in
    float32, as do all variables. ``pointwise_products`` computes 1 x 1 convolutions as matrix products, for
    images whose size is known.
    """

    def __init__(
        self,
        parameters: Parameters,
        taps: Optional[Taps] = None,
        dtype: DType = tf.float32,
        pointwise_products: bool = False,
    ) -> None:
        self.parameters = parameters
        self.taps = taps
        self.dtype = dtype
        self._pointwise_products = pointwise_products

    def standardized_conv2d(
        self, name: str, x: Tensor, filters: int, kernel_size: int = 1, stride: int = 1, padding: int = 0
    ) -> Tensor:
        """Convolution without bias by standardised weights; ``padding`` zeros are added on all four sides."""
        shape = [kernel_size, kernel_size, int(x.shape[3]), filters]
        fan_in = shape[0] * shape[1] * shape[2]
        initial = self.parameters.normal((1.0 / fan_in) ** 0.5)
        kernel = self.parameters.value(name + "/kernel", shape, initial)
        weights = tf.cast(standardise(kernel), self.dtype)
        pads = [[0, 0], [padding, padding], [padding, padding], [0, 0]]
        padded = tf.pad(x, pads) if padding else x
        y = self._convolve(tf.cast(padded, self.dtype), weights, stride)
        self._tap(name, y, input=x, kernel=kernel)
        return y

    def group_norm(self, name: str, x: Tensor, groups: int = 32) -> Tensor:
        """Group normalisation with a factor and an offset per channel."""
        channels = int(x.shape[3])
        gamma = self.parameters.value(name + "/gamma", [channels], ones)
        beta = self.parameters.value(name + "/beta", [channels], zeros)
        y = group_normalise(x, gamma, beta, groups)
        self._tap(name, y, input=x, gamma=gamma, beta=beta)
        return y

    def max_pool(self, name: str, x: Tensor, size: int, stride: int, padding: int = 0) -> Tensor:
        """Maximum over windows, of zeros too where ``padding`` adds them."""
        pads = [[0, 0], [padding, padding], [padding, padding], [0, 0]]
        y = tf.nn.max_pool2d(tf.pad(x, pads) if padding else x, size, stride, "VALID")
        self._tap(name, y, input=x)
        return y

    def linear(self, name: str, x: Tensor, units: int) -> Tensor:
        """A 1 x 1 convolution with bias on ``[batch, features]``, which starts as all zeros."""
        features = int(x.shape[1])
        kernel = self.parameters.value(name + "/kernel", [1, 1, features, units], zeros)
        bias = self.parameters.value(name + "/bias", [units], zeros)
        y = tf.matmul(tf.cast(x, tf.float32), kernel[0, 0]) + bias
        self._tap(name, y, input=x, kernel=kernel, bias=bias)
        return y

    def _convolve(self, x: Tensor, weights: Tensor, stride: int) -> Tensor:
        size, _, channels, filters = weights.shape.as_list()
        if size != 1 or not self._pointwise_products:
            return tf.nn.conv2d(x, weights, stride, "VALID")
        picked = x[:, ::stride, ::stride] if stride > 1 else x
        product = tf.matmul(tf.reshape(picked, [-1, channels]), weights[0, 0])
        return tf.reshape(product, [-1, picked.shape[1], picked.shape[2], filters])

    def _tap(self, name: str, y: Tensor, **inputs: Tensor) -> None:
        if self.taps is not None:
            self.taps.record(name, y, **inputs)


def standardise(kernel: Tensor) -> Tensor:
    """``kernel`` ``[height, width, in, out]`` with mean 0 and variance 1 per filter (Qiao et al., "Weight
    standardization", 2019)."""
    mean, variance = tf.nn.moments(kernel, axes=[0, 1, 2], keepdims=True)
    return (kernel - mean) / tf.sqrt(variance + STANDARDISATION_EPSILON)


def group_normalise(x: Tensor, gamma: Tensor, beta: Tensor, groups: int) -> Tensor:
    """``x`` ``[batch, height, width, channels]`` with mean 0 and variance 1 per image and group of neighbouring
    channels, then times ``gamma`` plus ``beta`` (Wu and He, "Group normalization", 2018)."""
    height, width, channels = x.shape[1], x.shape[2], int(x.shape[3])
    if height is None or width is None:
        height, width = tf.shape(x)[1], tf.shape(x)[2]
    size = channels // groups
    grouped = tf.reshape(x, [-1, height * width, groups, size])
    mean, variance = tf.nn.moments(tf.cast(grouped, tf.float32), axes=[1, 3], keepdims=True)
    factor = tf.math.rsqrt(variance + GROUP_NORM_EPSILON) * tf.reshape(gamma, [groups, size])
    offset = tf.reshape(beta, [groups, size]) - mean * factor
    normalised = grouped * tf.cast(factor, x.dtype) + tf.cast(offset, x.dtype)
    return tf.reshape(normalised, [-1, height, width, channels])
