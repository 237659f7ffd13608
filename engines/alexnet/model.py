"""The network of "One weird trick…" (Krizhevsky, 2014) with a first convolution of 96 filters.

Five convolutions and three dense layers, 61,266,088 parameters at 1000 classes and 224 x 224 pixels.
"""

from __future__ import annotations

from typing import Any

from engines.graph.framework import tf
from engines.graph.layers import Layers


def alexnet(
    layers: Layers,
    images: Any,
    num_classes: int,
    dropout: float,
    dense_units: int = 4096,
    logits_relu: bool = False,
) -> Any:
    """Logits ``[batch, num_classes]`` of normalised ``images`` ``[batch, height, width, 3]``.

    ``dropout`` is the share dropped after each hidden dense layer of ``dense_units``. ``logits_relu`` puts a
    ReLU on the last layer too, as the code this network was ported from does.
    """
    relu = tf.nn.relu
    x = layers.conv2d("conv2d", images, 96, kernel_size=11, stride=4, padding=2, activation=relu)
    x = layers.max_pool("max_pooling2d", x, size=3, stride=2)
    x = layers.conv2d("conv2d_1", x, 192, kernel_size=5, padding=2, activation=relu)
    x = layers.max_pool("max_pooling2d_1", x, size=3, stride=2)
    x = layers.conv2d("conv2d_2", x, 384, kernel_size=3, padding=1, activation=relu)
    x = layers.conv2d("conv2d_3", x, 256, kernel_size=3, padding=1, activation=relu)
    x = layers.conv2d("conv2d_4", x, 256, kernel_size=3, padding=1, activation=relu)
    x = layers.max_pool("max_pooling2d_2", x, size=3, stride=2)
    x = tf.reshape(x, [-1, int(x.shape[1] * x.shape[2] * x.shape[3])])
    x = layers.dropout("dropout", layers.dense("dense", x, dense_units, activation=relu), dropout)
    x = layers.dropout("dropout_1", layers.dense("dense_1", x, dense_units, activation=relu), dropout)
    return layers.dense("dense_2", x, num_classes, activation=relu if logits_relu else None)
