"""EfficientNet: a stem, inverted bottlenecks with squeeze and excitation, and a head.

M. Tan and Q. V. Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019. At 1000
classes B0 has 5,288,548 parameters. All convolutions pad as TensorFlow's ``SAME``, and have no bias but for
those of squeeze and excitation. Variables are called as in the authors' code.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from engines.efficientnet.scaling import (
    HEAD_FILTERS,
    STEM_FILTERS,
    Block,
    scaled_blocks,
    scaled_filters,
)
from engines.graph.framework import tf
from engines.graph.layers import Activation, Layers

SQUEEZE = 0.25
"""Filters that squeeze and excitation reduces to, as a share of the block's input."""


class Architecture(NamedTuple):
    """The figures of the network. ``scope`` comes before all variables; ``dropout`` is the share dropped
    before the last layer, ``drop_connect`` the share of images of which the last block's branch is dropped."""

    scope: str
    num_classes: int
    width: float
    depth: float
    dropout: float
    drop_connect: float
    momentum: float
    epsilon: float


def efficientnet(layers: Layers, images: Any, architecture: Architecture) -> Any:
    """Logits ``[batch, num_classes]`` of normalised ``images`` ``[batch, height, width, 3]``."""
    blocks = scaled_blocks(architecture.width, architecture.depth)
    with layers.scope(architecture.scope), layers.scope("model"):
        with layers.scope("stem"):
            norm = Normalisation(layers, architecture)
            filters = scaled_filters(STEM_FILTERS, architecture.width)
            x = layers.conv2d("conv2d", images, filters, kernel_size=3, stride=2, padding="SAME", bias=False)
            x = norm(x, swish)
        for number, block in enumerate(blocks):
            with layers.scope("blocks_{}".format(number)):
                drop_connect = architecture.drop_connect * number / len(blocks)
                x = inverted_bottleneck(layers, x, block, drop_connect, architecture)
        with layers.scope("head"):
            norm = Normalisation(layers, architecture)
            filters = scaled_filters(HEAD_FILTERS, architecture.width)
            x = layers.conv2d("conv2d", x, filters, kernel_size=1, padding="SAME", bias=False)
            x = layers.global_average("global_average_pooling2d", norm(x, swish))
            x = layers.dropout("dropout", x, architecture.dropout)
            return layers.dense("dense", x, architecture.num_classes)


def inverted_bottleneck(
    layers: Layers, x: Any, block: Block, drop_connect: float, architecture: Architecture
) -> Any:
    """MBConv: widen, convolve each channel, weigh the channels, narrow; around it a skip where shapes allow.

    The inverted residual of Sandler et al., "MobileNetV2" (2018).
    """
    norm = Normalisation(layers, architecture)
    y, project = x, "conv2d"
    if block.expansion != 1:
        widened = block.filters_in * block.expansion
        y = layers.conv2d("conv2d", x, widened, kernel_size=1, padding="SAME", bias=False)
        y, project = norm(y, swish), "conv2d_1"
    y = layers.depthwise_conv2d("depthwise_conv2d", y, block.kernel_size, block.stride)
    y = squeeze_and_excite(layers, norm(y, swish), max(1, int(block.filters_in * SQUEEZE)))
    y = norm(layers.conv2d(project, y, block.filters_out, kernel_size=1, padding="SAME", bias=False))
    if block.stride == 1 and block.filters_in == block.filters_out:
        y = layers.drop_connect("drop_connect", y, drop_connect) + x
    return y


def squeeze_and_excite(layers: Layers, x: Any, reduced: int) -> Any:
    """Weigh each channel by what the image's channel means say (Hu et al., "Squeeze-and-excitation", 2017)."""
    channels = int(x.shape[3])
    with layers.scope("se"):
        means = tf.reshape(layers.global_average("squeeze", x), [-1, 1, 1, channels])
        means = layers.conv2d("conv2d", means, reduced, kernel_size=1, padding="SAME", activation=swish)
        weights = layers.conv2d(
            "conv2d_1", means, channels, kernel_size=1, padding="SAME", activation=tf.sigmoid
        )
    return x * weights


def swish(x: Any) -> Any:
    """x·sigmoid(x) (Ramachandran et al., "Searching for activation functions", 2017)."""
    return x * tf.sigmoid(x)


class Normalisation:
    """Batch normalisation whose layers within one scope are numbered as they come."""

    def __init__(self, layers: Layers, architecture: Architecture) -> None:
        self._layers = layers
        self._settings = architecture
        self._count = 0

    def __call__(self, x: Any, activation: Activation = None) -> Any:
        suffix = "_{}".format(self._count) if self._count else ""
        self._count += 1
        name = "tpu_batch_normalization" + suffix
        return self._layers.batch_norm(name, x, self._settings.momentum, self._settings.epsilon, activation)
