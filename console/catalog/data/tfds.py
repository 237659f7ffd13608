"""The layout in which TensorFlow Datasets prepares a data set.

A data set is a folder ``<name>/<version>/`` with ``dataset_info.json``, ``features.json``,
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

_DIGITS = re.compile(r"\d+")


def is_in(folder: Path) -> bool:
    """True when ``folder`` holds any prepared data set."""
    return any(_prepared(folder))


def find_prepared(folder: Path) -> list[Path]:
    """The newest version of every data set in ``folder``, which may be that of one version or of one data set."""
    newest: dict[Path, Path] = {}
    for place in sorted(
        _prepared(folder), key=lambda place: [int(part) for part in _DIGITS.findall(place.name)]
    ):
        newest[place.parent] = place
    return list(newest.values())


def count_classes(folder: Path) -> int | None:
    """The number of class names listed; ``None`` without a readable list, or for several data sets."""
    places = find_prepared(folder)
    if len(places) != 1:
        return None
    try:
        return len((places[0] / LABELS_FILE).read_text("utf-8").splitlines()) or None
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
    """The folders of all versions."""
    inner = [folder / name for name in folder_names(folder)]
    for place in (folder, *inner, *(one / name for one in inner for name in folder_names(one))):
        if (place / INFO_FILE).is_file():
            yield place
