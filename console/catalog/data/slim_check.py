"""Check folders in the slim TFRecord layout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from console.catalog.data.checker import Inventory
from console.catalog.data.listing import StoredFile, list_files
from console.catalog.data.record_check import RecordChecker
from console.catalog.data.report import DataProblem, data_warning
from console.catalog.data.shards import SPLITS, ShardName, gaps, missing_split, odd_sizes
from console.catalog.data.slim import ENCODED, FIRST_LABEL, LABEL, shard_of


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
