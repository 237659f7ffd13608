"""The slim TFRecord layout: shard names, writing a data set in it, and its check.

Keys and naming as in TF-Slim's ImageNet converter
(https://github.com/tensorflow/models/tree/master/research/slim). Labels count from 1 as they do there
(0 is kept for a background class); engines subtract 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from console.catalog.data.checks.checker import Inventory
from console.catalog.data.checks.listing import StoredFile, file_names, list_files
from console.catalog.data.checks.report import DataProblem, data_warning
from console.catalog.data.formats.example import bytes_feature, encode_example, float_feature, int64_feature
from console.catalog.data.formats.images import ImageSet, LabelledImage, encode_jpeg
from console.catalog.data.formats.tfrecord import write_records
from console.catalog.data.layouts.records import RecordChecker
from console.catalog.data.layouts.shards import (
    SPLITS,
    TRAIN,
    VALIDATION,
    ShardName,
    gaps,
    missing_split,
    odd_sizes,
    parse_shard_name,
)

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


@dataclass(frozen=True, slots=True)
class SlimChecker(RecordChecker):
    """Reads files of the layout ``slim-tfrecord`` with labels 1 … ``num_classes``."""

    image_key: ClassVar[str] = ENCODED
    label_key: ClassVar[str] = LABEL
    first_label: ClassVar[int] = FIRST_LABEL

    def take_inventory(self, folder: Path) -> Inventory:
        """Sort the files of ``folder`` into splits and name the gaps."""
        shards: dict[str, dict[ShardName, StoredFile]] = {split: {} for split in SPLITS}
        problems: list[DataProblem] = []
        strays = []
        for file in list_files(folder):
            shard = shard_of(file.path.name)
            if shard:
                shards[shard.stem][shard] = file
            elif file.path.name.startswith(tuple(f"{split}-" for split in SPLITS)):
                strays.append(data_warning(file.path, "data.stray_file", file=file.path.name))
        for split, files in shards.items():
            if files:
                problems += gaps(folder, list(files))
            else:
                problems.append(missing_split(folder, split, str(ShardName(split, 0, 128))))
        problems += strays
        for files in shards.values():
            problems += odd_sizes(list(files.values()))
        train, evaluation = (tuple(shards[split].values()) for split in SPLITS)
        return Inventory(train, evaluation, tuple(problems))
