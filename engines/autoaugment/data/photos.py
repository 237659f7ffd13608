"""Photos in a folder per class, and images in slim's TFRecord files."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import List, Optional, Tuple

import numpy as np

from engines.autoaugment.data.encoded import decode_whole, require_pillow
from engines.autoaugment.data.sets import PhotoSet, PixelSet
from engines.common.data.examples import read_example
from engines.common.data.tfrecords import RecordIndex, RecordReader
from engines.common.errors import UsageError

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
FIRST_LABEL = 1
"""slim counts classes from 1 and keeps 0 for the background."""

DECODERS = 8


def photo_folder(folder: Path, train: bool) -> Optional[Path]:
    """The folder of one part: ``train``, and ``val``, ``validation`` or ``test``."""
    names = ["train"] if train else ["val", "validation", "test"]
    return next((folder / name for name in names if (folder / name).is_dir()), None)


def read_photo_folder(folder: Path, num_classes: int) -> PhotoSet:
    """The images of ``folder``: one folder per class, labels in the order of their names."""
    require_pillow(str(folder))
    classes = sorted(entry.name for entry in os.scandir(str(folder)) if entry.is_dir())
    if not 0 < len(classes) <= num_classes:
        raise UsageError(
            "{} holds {} class folders, but --num_classes is {}.".format(folder, len(classes), num_classes)
        )
    files: List[Tuple[str, int]] = []
    for label, name in enumerate(classes):
        entries = sorted(entry.path for entry in os.scandir(str(folder / name)) if entry.is_file())
        files.extend((path, label) for path in entries if path.lower().endswith(SUFFIXES))
    if not files:
        raise UsageError("The class folders of {} hold no images.".format(folder))

    def encoded(record: int) -> Tuple[bytes, int]:
        path, label = files[record]
        return Path(path).read_bytes(), label

    return PhotoSet(len(files), encoded, lambda record: files[record][0])


def slim_photos(index: RecordIndex, num_classes: int) -> PhotoSet:
    """The images of TFRecord files in slim's layout."""
    require_pillow("images in TFRecord files")
    reader = RecordReader(index)

    def source(record: int) -> str:
        return "Record {} of {}".format(record, index.files[index.file_of[record]])

    def encoded(record: int) -> Tuple[bytes, int]:
        try:
            example = read_example(reader.read(record))
            (payload,), (label,) = example["image/encoded"], example["image/class/label"]
        except (ValueError, KeyError) as error:
            raise UsageError("{} is no image in slim's layout: {}.".format(source(record), error)) from None
        label = int(label) - FIRST_LABEL
        if not 0 <= label < num_classes:
            raise UsageError(
                "{} has label {}, outside 1 .. {}.".format(source(record), label + FIRST_LABEL, num_classes)
            )
        return bytes(payload), label

    return PhotoSet(index.count, encoded, source)


def decode_all(photos: PhotoSet, side: int) -> PixelSet:
    """All of ``photos`` in memory, each stretched to ``side`` x ``side``."""

    def decode(record: int) -> Tuple[np.ndarray, int]:
        payload, label = photos.encoded(record)
        return decode_whole(payload, photos.source(record), side), label

    with ThreadPoolExecutor(max_workers=DECODERS) as pool:
        decoded = list(pool.map(decode, range(photos.count), chunksize=64))
    labels = np.array([label for _, label in decoded], dtype=np.int64)
    return PixelSet(np.stack([pixels for pixels, _ in decoded]), labels)
