"""``feed_tf_data.py FOLDER BATCH SIZE THREADS SECONDS``: images/s of an input pipeline as it is usually written.

Whole photos are decoded, a random part of each is resized, and half of them mirrored.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import tensorflow as tf
from rate import print_rate


def main(folder: str, batch: int, size: int, threads: int, seconds: int) -> None:
    """Print the rate."""
    tf.compat.v1.enable_eager_execution()
    features = {
        "image/encoded": tf.io.FixedLenFeature([], tf.string),
        "image/class/label": tf.io.FixedLenFeature([], tf.int64),
    }

    def prepare(record: Any) -> Any:
        example = tf.io.parse_single_example(record, features)
        image = tf.image.decode_jpeg(example["image/encoded"], channels=3)
        begin, extent, _ = tf.image.sample_distorted_bounding_box(
            tf.shape(image), tf.zeros([1, 0, 4]), min_object_covered=0.0, area_range=(0.08, 1.0),
            use_image_if_no_bounding_boxes=True,
        )  # fmt: skip
        image = tf.image.resize(tf.slice(image, begin, extent), [size, size])
        image = tf.image.random_flip_left_right(image)
        return (image - 120.0) / 58.0, example["image/class/label"]

    files = sorted(str(path) for path in Path(folder).glob("train-*"))
    records = tf.data.TFRecordDataset(files).repeat().shuffle(256)
    batches = iter(records.map(prepare, max(2, threads)).batch(batch, drop_remainder=True).prefetch(2))
    print_rate(batches, batch, seconds)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
