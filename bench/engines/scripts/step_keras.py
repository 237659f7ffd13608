"""``step_keras.py NETWORK BATCH SIZE CLASSES THREADS STEPS``: images/s of a training step by Keras.

The networks are those of ``keras.applications``, and AlexNet layer by layer.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
import tensorflow as tf


def alexnet(size: int, classes: int) -> Any:
    """AlexNet with 96 filters in front and dropout behind its two large layers."""
    layers = tf.keras.layers
    convolutions = ((192, 5, True), (384, 3, False), (256, 3, False), (256, 3, True))
    stack = [
        layers.ZeroPadding2D(2, input_shape=(size, size, 3)),
        layers.Conv2D(96, 11, 4, activation="relu"),
        layers.MaxPool2D(3, 2),
    ]
    for filters, kernel, pooled in convolutions:
        stack.append(layers.Conv2D(filters, kernel, padding="same", activation="relu"))
        stack += [layers.MaxPool2D(3, 2)] * pooled
    stack.append(layers.Flatten())
    for _ in range(2):
        stack += [layers.Dense(4096, activation="relu"), layers.Dropout(0.35)]
    return tf.keras.Sequential([*stack, layers.Dense(classes)])


def main(name: str, batch: int, size: int, classes: int, threads: int, steps: int) -> None:
    """Print the rate."""
    config = tf.config.threading
    config.set_intra_op_parallelism_threads(threads)
    config.set_inter_op_parallelism_threads(threads)
    if name == "alexnet":
        network = alexnet(size, classes)
    else:
        made = getattr(tf.keras.applications, name)
        network = made(weights=None, input_shape=(size, size, 3), classes=classes, classifier_activation=None)
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(tf.keras.optimizers.SGD(0.01, momentum=0.9), loss)
    images = np.random.RandomState(0).rand(batch, size, size, 3).astype(np.float32)
    labels = np.arange(batch) % classes
    for step in range(-3, steps):
        if step == 0:
            began = time.perf_counter()
        network.train_on_batch(images, labels)
    print(batch * steps / (time.perf_counter() - began))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
