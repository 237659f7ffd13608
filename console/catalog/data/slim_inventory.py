"""What the file names of a slim TFRecord folder show: which shards there are, and which are not."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from console.catalog.data.checker import Inventory
from console.catalog.data.listing import StoredFile, list_files
from console.catalog.data.report import DataProblem, data_error, data_warning
from console.catalog.data.slim import SPLITS, TRAIN, VALIDATION, ShardName, parse_shard_name

NAMES_SHOWN = 4
ODD_SIZE = 0.1
"""A shard smaller than this share of its split's median size is reported."""


def take_inventory(folder: Path) -> Inventory:
    """Sort the files of ``folder`` into splits and name the gaps."""
    shards: dict[str, dict[ShardName, StoredFile]] = {split: {} for split in SPLITS}
    strays = []
    for file in list_files(folder):
        shard = parse_shard_name(file.path.name)
        if shard:
            shards[shard.split][shard] = file
        elif file.path.name.startswith(tuple(f"{split}-" for split in SPLITS)):
            strays.append(data_warning(file.path, "data.stray_file", file=file.path.name))
    problems = [
        *_split_problems(folder, TRAIN, list(shards[TRAIN])),
        *_split_problems(folder, VALIDATION, list(shards[VALIDATION])),
        *strays,
        *(problem for split in SPLITS for problem in _odd_sizes(list(shards[split].values()))),
    ]
    train, evaluation = (tuple(shards[split].values()) for split in SPLITS)
    return Inventory(train, evaluation, tuple(problems))


def _split_problems(folder: Path, split: str, names: Sequence[ShardName]) -> Iterable[DataProblem]:
    if not names:
        report = data_error if split == TRAIN else data_warning
        yield report(
            folder, "data.split_missing", folder=folder, split=split, example=ShardName(split, 0, 128)
        )
        return
    numbers: dict[int, set[int]] = defaultdict(set)
    for name in names:
        numbers[name.total].add(name.number)
    if len(numbers) > 1:
        examples = [str(ShardName(split, min(found), total)) for total, found in sorted(numbers.items())]
        yield data_error(folder, "data.shard_sets_mixed", folder=folder, names=_enumerate(examples))
    total = Counter(name.total for name in names).most_common(1)[0][0]
    missing = [
        str(ShardName(split, number, total)) for number in range(total) if number not in numbers[total]
    ]
    if missing:
        names_shown = _enumerate(missing)
        yield data_error(folder, "data.shards_missing", count=len(missing), total=total, names=names_shown)
    beyond = [str(ShardName(split, number, total)) for number in sorted(numbers[total]) if number >= total]
    if beyond:
        yield data_error(folder, "data.shards_beyond_total", names=_enumerate(beyond))


def _odd_sizes(files: Sequence[StoredFile]) -> Iterable[DataProblem]:
    """Shards hold about the same; the last may be short, and empty files are reported when they are read."""
    median = statistics.median(file.size for file in files) if files else 0
    for file in files[:-1]:
        if 0 < file.size < ODD_SIZE * median:
            yield data_warning(
                file.path, "data.odd_size", file=file.path.name, size=file.size, median=round(median)
            )


def _enumerate(names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMES_SHOWN])
    return f"{shown}, … {names[-1]}" if len(names) > NAMES_SHOWN else shown
