"""The slim TFRecord layout: shard names, and writing a data set in it.

Keys and naming as in TF-Slim's ImageNet converter
(https://github.com/tensorflow/models/tree/master/research/slim). Labels count from 1 as they do there
(0 is kept for a background class); engines subtract 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from console.catalog.data.example import bytes_feature, encode_example, float_feature, int64_feature
from console.catalog.data.images import ImageSet, LabelledImage, encode_jpeg
from console.catalog.data.listing import file_names
from console.catalog.data.shards import SPLITS, TRAIN, VALIDATION, ShardName, parse_shard_name
from console.catalog.data.tfrecord import write_records

FIRST_LABEL = 1
ENCODED, LABEL = "image/encoded", "image/class/label"
LABELS_FILE = "labels.txt"
SHARDS = 8
"""Files per split: a whole number of them for each of 1, 2, 4 or 8 ranks."""


def is_in(folder: Path) -> bool:
    """True when ``folder`` has any shard."""
    return any(map(shard_of, file_names(folder)))


def shard_of(name: str) -> ShardName | None:
    """Read a file name; ``None`` when it is not a shard's of this layout."""
    shard = parse_shard_name(name)
    return shard if shard is not None and shard.stem in SPLITS else None


def count_classes(folder: Path) -> int | None:
    """The highest label in the folder's list of class names, since 0 is the background where it is listed."""
    try:
        lines = (folder / LABELS_FILE).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    labels = [line.partition(":")[0] for line in lines]
    return max((int(label) for label in labels if label.isdigit()), default=None) or None


def write_slim(images: ImageSet, folder: Path, advance: Callable[[int], None]) -> None:
    """Write ``images`` into the existing ``folder``; ``advance`` is told how many images each file took."""
    for split, members in ((TRAIN, images.train), (VALIDATION, images.validation)):
        for index in range(SHARDS):
            share = members[len(members) * index // SHARDS : len(members) * (index + 1) // SHARDS]
            path = folder / str(ShardName(split, index, SHARDS))
            write_records(path, (_example(image, images.class_names) for image in share))
            advance(len(share))
    lines = (f"{label}:{name}\n" for label, name in enumerate(images.class_names, FIRST_LABEL))
    (folder / LABELS_FILE).write_text("".join(lines), "utf-8")


def _example(image: LabelledImage, class_names: Sequence[str]) -> bytes:
    height, width, channels = image.pixels.shape
    return encode_example(
        {
            ENCODED: bytes_feature(encode_jpeg(image)),
            "image/format": bytes_feature(b"JPEG"),
            "image/height": int64_feature(height),
            "image/width": int64_feature(width),
            "image/colorspace": bytes_feature(b"RGB"),
            "image/channels": int64_feature(channels),
            "image/filename": bytes_feature(f"{image.name}.JPEG".encode()),
            LABEL: int64_feature(image.label + FIRST_LABEL),
            "image/class/text": bytes_feature(class_names[image.label].encode()),
            **{f"image/object/bbox/{side}": float_feature() for side in ("xmin", "ymin", "xmax", "ymax")},
        }
    )
