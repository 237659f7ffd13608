"""The layout in which TensorFlow Datasets prepares a data set, and its check.

A data set is a folder ``<name>/<version>/`` with ``dataset_info.json``, ``features.json``,
``label.labels.txt`` and the records ``<name>-<split>.tfrecord-00000-of-00002``
(https://www.tensorflow.org/datasets/external_tfrecord). Labels count from 0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from console.catalog.data.checks.checker import Cancelled, FileFacts, Inventory
from console.catalog.data.checks.listing import StoredFile, folder_names, list_files
from console.catalog.data.checks.report import DataProblem, data_error, data_warning
from console.catalog.data.layouts.records import RecordChecker
from console.catalog.data.layouts.shards import (
    TRAIN,
    ShardName,
    gaps,
    missing_split,
    odd_sizes,
    parse_shard_name,
    some_of,
)

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
    """The content of ``dataset_info.json``: the records of every file of each split, in the order of the files."""

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


Shards = Mapping[ShardName, StoredFile]

_STEM = re.compile(r".+-(\w+)\.tfrecord")


@dataclass(frozen=True, slots=True)
class TfdsChecker(RecordChecker):
    """Reads files of the layout ``tfds-tfrecord`` with labels from 0."""

    image_key: ClassVar[str] = IMAGE
    label_key: ClassVar[str] = LABEL
    first_label: ClassVar[int] = 0

    def take_inventory(self, folder: Path) -> Inventory:
        """Sort the files of the data set into splits and compare them with what it says of itself."""
        places = find_prepared(folder)
        if len(places) > 1:
            values = {"folder": folder, "places": some_of([str(place.parent) for place in places])}
            return Inventory((), (), (data_error(folder, "data.several_sets", **values),))
        (place,) = places
        files = list_files(place)
        train, *others = (_shards(files, split) for split in (TRAIN, *EVALUATION_SPLITS))
        evaluation = next(filter(None, others), {})
        problems = [*_missing_files(place, files), *_shard_problems(place, train, evaluation)]
        percent = 100 if evaluation else TRAIN_PERCENT
        return Inventory(tuple(train.values()), tuple(evaluation.values()), tuple(problems), percent)

    def glance(self, file: StoredFile, count: bool) -> FileFacts:
        """Verify the framing, and where all records are counted, that they are as many as they should be."""
        return _compared(file, RecordChecker.glance(self, file, count))

    def read(self, file: StoredFile, cancelled: Cancelled) -> FileFacts:
        """Read every record; they should be as many as the data set says."""
        return _compared(file, RecordChecker.read(self, file, cancelled))


def _compared(file: StoredFile, facts: FileFacts) -> FileFacts:
    """The facts of a file, with what is wrong when it does not hold as many records as it should."""
    expected = _expected_records(file.path)
    if facts.records is None or expected in (None, facts.records):
        return facts
    values = {"file": file.path.name, "found": facts.records, "expected": expected, "info": INFO_FILE}
    return replace(facts, problems=(*facts.problems, data_error(file.path, "data.other_records", **values)))


def _split_of(shard: ShardName) -> str | None:
    match = _STEM.fullmatch(shard.stem)
    return match[1] if match else None


def _shards(files: Sequence[StoredFile], split: str) -> Shards:
    named = ((parse_shard_name(file.path.name), file) for file in files)
    return {shard: file for shard, file in named if shard is not None and _split_of(shard) == split}


def _missing_files(place: Path, files: Sequence[StoredFile]) -> Iterator[DataProblem]:
    names = {file.path.name for file in files}
    if LABELS_FILE not in names:
        yield data_warning(place, "data.class_names_missing", folder=place, file=LABELS_FILE)
    if FEATURES_FILE not in names:
        yield data_warning(place, "data.features_missing", folder=place, file=FEATURES_FILE)
    if read_info(place) is None:
        yield data_warning(place / INFO_FILE, "data.info_unreadable", file=place / INFO_FILE)


def _shard_problems(place: Path, train: Shards, evaluation: Shards) -> Iterator[DataProblem]:
    if not train:
        yield missing_split(place, TRAIN, str(ShardName(f"{place.parent.name}-{TRAIN}.tfrecord", 0, 2)))
    for shards in (train, evaluation):
        if shards:
            yield from gaps(place, list(shards))
            yield from odd_sizes(list(shards.values()))


def _expected_records(path: Path) -> int | None:
    """The records that ``dataset_info.json`` beside ``path`` says it has."""
    shard, info = parse_shard_name(path.name), read_info(path.parent)
    if shard is None or info is None:
        return None
    lengths = info.shard_lengths.get(_split_of(shard) or "", ())
    return lengths[shard.number] if len(lengths) == shard.total > shard.number else None
