"""The names of the folder layouts a data set can have on disk."""

from __future__ import annotations

SLIM_TFRECORD = "slim-tfrecord"
"""``train-00000-of-01024`` … ``validation-00127-of-00128``, TFRecord files as TF-Slim writes ImageNet."""

CIFAR10_BINARY = "cifar10-binary"
"""``data_batch_1.bin`` … ``test_batch.bin``, the binary version of https://www.cs.toronto.edu/~kriz/cifar.html."""

CIFAR10_PYTHON = "cifar10-python"
"""``data_batch_1`` … ``test_batch``, the python version of the same."""

CIFAR100_BINARY = "cifar100-binary"
"""``train.bin`` and ``test.bin``, the binary version of CIFAR-100, from the same place."""

CIFAR100_PYTHON = "cifar100-python"
"""``train`` and ``test``, the python version of the same."""

SVHN_MAT = "svhn-mat"
"""``train_32x32.mat`` and ``test_32x32.mat``, the cropped digits of http://ufldl.stanford.edu/housenumbers."""

TFDS_TFRECORD = "tfds-tfrecord"
"""``tf_flowers/3.0.1/tf_flowers-train.tfrecord-00000-of-00002`` …, as TensorFlow Datasets prepares a data set."""

IMAGE_FOLDER = "image-folder"
"""``train/<class>/*.jpg`` and ``val/<class>/*.jpg``, a folder for each class."""

LAYOUTS = (
    SLIM_TFRECORD,
    CIFAR10_BINARY,
    CIFAR10_PYTHON,
    CIFAR100_BINARY,
    CIFAR100_PYTHON,
    SVHN_MAT,
    TFDS_TFRECORD,
    IMAGE_FOLDER,
)

AUTO = "auto"
"""In place of a layout: the one a folder turns out to have."""
