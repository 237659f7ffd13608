"""The names of the folder layouts a data set can have on disk."""

from __future__ import annotations

SLIM_TFRECORD = "slim-tfrecord"
"""``train-00000-of-01024`` … ``validation-00127-of-00128``, TFRecord files as TF-Slim writes ImageNet."""

CIFAR10_BINARY = "cifar10-binary"
"""``data_batch_1.bin`` … ``test_batch.bin``, the binary version of https://www.cs.toronto.edu/~kriz/cifar.html."""

CIFAR10_PYTHON = "cifar10-python"
"""``data_batch_1`` … ``test_batch``, the python version of the same."""

LAYOUTS = (SLIM_TFRECORD, CIFAR10_BINARY, CIFAR10_PYTHON)

AUTO = "auto"
"""In place of a layout: the one a folder turns out to have."""
