"""One record of the slim ImageNet layout as tensors."""

from __future__ import annotations

from typing import NamedTuple

from engines.ops.framework import Tensor, tf


class ImageRecord(NamedTuple):
    """``encoded`` is JPEG or PNG, ``label`` an int32 from 0; ``boxes`` is ``[n, 4]``, n possibly 0, as ymin,
    xmin, ymax, xmax in shares of the image."""

    encoded: Tensor
    label: Tensor
    boxes: Tensor


def parse_image_record(payload: Tensor, num_classes: int, first_label: int = 1) -> ImageRecord:
    """Read a ``tf.train.Example`` whose labels count from ``first_label``; one that is missing or out of range
    is an error."""
    sides = ("ymin", "xmin", "ymax", "xmax")
    features = {"image/object/bbox/" + side: tf.VarLenFeature(tf.float32) for side in sides}
    features["image/encoded"] = tf.FixedLenFeature([], tf.string)
    features["image/class/label"] = tf.FixedLenFeature([], tf.int64)
    example = tf.parse_single_example(payload, features)
    label = tf.cast(example["image/class/label"], tf.int32)
    in_range = tf.debugging.Assert(
        tf.logical_and(label >= first_label, label < first_label + num_classes),
        ["a record's label is outside {} .. {}:".format(first_label, first_label + num_classes - 1), label],
    )
    boxes = tf.stack([tf.sparse.to_dense(example["image/object/bbox/" + side]) for side in sides], axis=1)
    with tf.control_dependencies([in_range]):
        return ImageRecord(example["image/encoded"], label - first_label, boxes)
