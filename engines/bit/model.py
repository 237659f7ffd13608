"""ResNet-v2 as in "Big Transfer" (Kolesnikov et al., 2020): group normalisation and weight standardisation.

R50x1 has 3, 4, 6 and 3 units a block: 23,500,352 parameters, and 2048 K + K in a head for K classes. Variables
are named as in the published ``.npz`` files.
"""

from __future__ import annotations

from typing import Any, Sequence

from engines.eager.framework import tf
from engines.eager.layers import Layers

HEAD = "resnet/head"
"""The scope of what is trained anew for other classes."""

UNITS = (3, 4, 6, 3)
BASE_WIDTH = 64


def resnet_v2(
    layers: Layers,
    images: Any,
    num_classes: int,
    units: Sequence[int] = UNITS,
    width: int = BASE_WIDTH,
) -> Any:
    """Logits ``[batch, num_classes]`` of ``images`` ``[batch, height, width, 3]`` in [-1, 1].

    ``units`` are the residual units of each block, and ``width`` the channels inside those of the first; both
    double from block to block while the image's sides halve.
    """
    return head(layers, body(layers, images, units, width), num_classes)


def body(layers: Layers, images: Any, units: Sequence[int] = UNITS, width: int = BASE_WIDTH) -> Any:
    """Features ``[batch, 32 width]`` of ``images``, for four blocks."""
    root = "resnet/root_block"
    x = layers.standardized_conv2d(root + "/standardized_conv2d", images, width, 7, stride=2, padding=3)
    x = layers.max_pool(root + "/max_pool", x, size=3, stride=2, padding=1)
    for block, count in enumerate(units):
        for unit in range(count):
            name = "resnet/block{}/unit{:02d}".format(block + 1, unit + 1)
            stride = 2 if block > 0 and unit == 0 else 1
            x = bottleneck(layers, name, x, width << block, stride)
    x = tf.nn.relu(layers.group_norm("resnet/group_norm", x))
    return tf.reduce_mean(tf.cast(x, tf.float32), axis=[1, 2])


def bottleneck(layers: Layers, name: str, x: Any, channels: int, stride: int) -> Any:
    """Unit that normalises before it convolves (He et al., "Identity mappings…", 2016): 1 x 1, 3 x 3, 1 x 1
    with ``channels``, ``channels`` and four times as many filters."""

    def activated(part: str, y: Any) -> Any:
        return tf.nn.relu(layers.group_norm("{}/{}/group_norm".format(name, part), y))

    def convolved(part: str, y: Any, filters: int, *shape: int) -> Any:
        return layers.standardized_conv2d("{}/{}/standardized_conv2d".format(name, part), y, filters, *shape)

    y = activated("a", x)
    shortcut = x
    if stride != 1 or int(x.shape[3]) != 4 * channels:
        shortcut = convolved("a/proj", y, 4 * channels, 1, stride)
    y = convolved("a", y, channels)
    y = convolved("b", activated("b", y), channels, 3, stride, 1)
    y = convolved("c", activated("c", y), 4 * channels)
    return y + shortcut


def head(layers: Layers, features: Any, num_classes: int) -> Any:
    """Logits of ``features``; all 0 at the start."""
    return layers.linear(HEAD + "/conv2d", features, num_classes)
