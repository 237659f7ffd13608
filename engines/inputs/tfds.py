"""One record of an image classification set of TensorFlow Datasets as tensors."""

from __future__ import annotations

from engines.inputs.records import ImageRecord
from engines.ops.framework import Tensor, tf


def parse_tfds_record(payload: Tensor, num_classes: int) -> ImageRecord:
    """Read a ``tf.train.Example`` with ``image`` and ``label``, which counts from 0; one that is out of range is
    an error."""
    example = tf.parse_single_example(
        payload,
        {"image": tf.FixedLenFeature([], tf.string), "label": tf.FixedLenFeature([], tf.int64)},
    )
    label = tf.cast(example["label"], tf.int32)
    in_range = tf.debugging.Assert(
        tf.logical_and(label >= 0, label < num_classes),
        ["a record's label is outside 0 .. {}:".format(num_classes - 1), label],
    )
    with tf.control_dependencies([in_range]):
        return ImageRecord(example["image"], tf.identity(label), tf.zeros([0, 4]))
