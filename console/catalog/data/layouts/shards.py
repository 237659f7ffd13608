"""Data divided into numbered files: their names, which of them are missing, and which are oddly small."""

from __future__ import annotations

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from console.catalog.data.checks.listing import StoredFile
from console.catalog.data.checks.report import DataProblem, data_error, data_warning

TRAIN, VALIDATION = "train", "validation"
SPLITS = (TRAIN, VALIDATION)
NAMES_SHOWN = 4
ODD_SIZE = 0.1
"""A shard smaller than this share of its split's median size is reported."""

_SHARD_NAME = re.compile(r"(.+)-(\d{5})-of-(\d{5})")


class ShardName(NamedTuple):
    """The parts of a shard's file name: ``stem`` names the set it is of, ``number`` counts from 0."""

    stem: str
    number: int
    total: int

    def __str__(self) -> str:
        return f"{self.stem}-{self.number:05d}-of-{self.total:05d}"


def parse_shard_name(name: str) -> ShardName | None:
    """Read a file name; ``None`` when it is not a shard's."""
    match = _SHARD_NAME.fullmatch(name)
    return ShardName(match[1], int(match[2]), int(match[3])) if match else None


def missing_split(folder: Path, split: str, example: str) -> DataProblem:
    """That ``folder`` has nothing of ``split``: without images to train on there is no training."""
    report = data_error if split == TRAIN else data_warning
    return report(folder, "data.split_missing", folder=folder, split=split, example=example)


def gaps(folder: Path, names: Sequence[ShardName]) -> Iterator[DataProblem]:
    """The problems that the names of one set of shards, at least one, show: missing ones and superfluous ones."""
    stem = names[0].stem
    numbers: dict[int, set[int]] = defaultdict(set)
    for name in names:
        numbers[name.total].add(name.number)
    if len(numbers) > 1:
        examples = [str(ShardName(stem, min(found), total)) for total, found in sorted(numbers.items())]
        yield data_error(folder, "data.shard_sets_mixed", folder=folder, names=some_of(examples))
    total = Counter(name.total for name in names).most_common(1)[0][0]
    missing = [str(ShardName(stem, number, total)) for number in range(total) if number not in numbers[total]]
    if missing:
        names_shown = some_of(missing)
        yield data_error(folder, "data.shards_missing", count=len(missing), total=total, names=names_shown)
    beyond = [str(ShardName(stem, number, total)) for number in sorted(numbers[total]) if number >= total]
    if beyond:
        yield data_error(folder, "data.shards_beyond_total", names=some_of(beyond))


def odd_sizes(files: Sequence[StoredFile]) -> Iterator[DataProblem]:
    """Shards hold about the same; the last may be short, and empty files are reported when they are read."""
    median = statistics.median(file.size for file in files) if files else 0
    for file in files[:-1]:
        if 0 < file.size < ODD_SIZE * median:
            yield data_warning(
                file.path, "data.odd_size", file=file.path.name, size=file.size, median=round(median)
            )


def some_of(names: Sequence[str]) -> str:
    """The first of ``names`` and the last, in one line."""
    shown = ", ".join(names[:NAMES_SHOWN])
    return f"{shown}, … {names[-1]}" if len(names) > NAMES_SHOWN else shown
