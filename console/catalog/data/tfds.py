"""The layout in which TensorFlow Datasets prepares a data set.

A folder of data sets holds ``<name>/<version>/`` with ``dataset_info.json``, ``features.json``,
``label.labels.txt`` and the records ``<name>-<split>.tfrecord-00000-of-00002``
(https://www.tensorflow.org/datasets/external_tfrecord). Labels count from 0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from console.catalog.data.listing import folder_names

INFO_FILE, FEATURES_FILE, LABELS_FILE = "dataset_info.json", "features.json", "label.labels.txt"
IMAGE, LABEL = "image", "label"
EVALUATION_SPLITS = ("validation", "test")
TRAIN_PERCENT = 85
"""How many in a hundred of the images are trained on where a data set has no others to evaluate on."""

_VERSION = re.compile(r"\d+\.\d+\.\d+")


def is_in(folder: Path) -> bool:
    """True when ``folder`` holds any prepared data set."""
    return any(_prepared(folder))


def find_prepared(folder: Path, name: str | None) -> list[Path]:
    """The newest version of every data set in ``folder``; of ``name`` alone where that is one of them."""
    newest = {place.parent.name: place for place in _prepared(folder)}
    return [newest[name]] if name in newest else list(newest.values())


def count_classes(folder: Path, name: str | None) -> int | None:
    """The number of class names listed; ``None`` without a readable list, or for several data sets."""
    places = find_prepared(folder, name)
    if len(places) != 1:
        return None
    try:
        return len((places[0] / LABELS_FILE).read_text("utf-8").split("\n")) - 1 or None
    except (OSError, UnicodeDecodeError):
        return None


@dataclass(frozen=True, slots=True)
class PreparedInfo:
    """What ``dataset_info.json`` says: the records of every file of each split, in the order of the files."""

    shard_lengths: Mapping[str, tuple[int, ...]]


def read_info(place: Path) -> PreparedInfo | None:
    """Read ``dataset_info.json`` in the folder of a version; ``None`` when it cannot be understood."""
    try:
        raw = json.loads((place / INFO_FILE).read_text("utf-8"))
        lengths = {split["name"]: tuple(map(int, split["shardLengths"])) for split in raw["splits"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return PreparedInfo(lengths)


def _prepared(folder: Path) -> Iterator[Path]:
    """The folders of all versions, the newest of each data set last."""
    for name in folder_names(folder):
        versions = filter(_VERSION.fullmatch, folder_names(folder / name))
        for version in sorted(versions, key=lambda version: [int(part) for part in version.split(".")]):
            if (folder / name / version / INFO_FILE).is_file():
                yield folder / name / version
