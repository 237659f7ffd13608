"""Data folders as TensorFlow Datasets writes them: ``<name>/<version>/<name>-<split>.tfrecord-*``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Tuple

from engines.common.errors import UsageError

INFO = "dataset_info.json"

_SHARD = re.compile(r"(.+)-(\w+)\.tfrecord(?:-\d+-of-\d+)?$")

EVALUATION_SPLITS = ("validation", "test")


class TfdsFolder(NamedTuple):
    """The folder of one version of a data set, and the beginnings of its record files by split."""

    folder: Path
    prefixes: Dict[str, str]


class Selection(NamedTuple):
    """The record files ``<prefix>-*`` of ``folder``, of which the records from ``start`` to ``end`` count, both
    in percent of all, rounded to whole records."""

    folder: Path
    prefix: str
    start: int = 0
    end: int = 100

    def bounds(self, count: int) -> Tuple[int, int]:
        """The first record and the one after the last, of ``count``."""
        return round(count * self.start / 100), round(count * self.end / 100)


def find_tfds(data_dir: Path) -> Optional[TfdsFolder]:
    """The data set in ``data_dir``, which is its own folder, its parent's, or the one that holds both.

    ``None`` where there is none. Raises :class:`UsageError` where there are several data sets.
    """
    found = [one for pattern in ("", "*/", "*/*/") for one in data_dir.glob(pattern + INFO)]
    if not found:
        return None
    folders = sorted({one.parent for one in found}, key=lambda folder: _version(folder.name))
    prefixes = _prefixes(folders[-1])
    if len({folder.parent for folder in folders}) > 1:
        raise UsageError("--data_dir {} holds several data sets: name the folder of one.".format(data_dir))
    if "train" not in prefixes:
        raise UsageError("--data_dir {} holds no record files of a split 'train'.".format(folders[-1]))
    return TfdsFolder(folders[-1], prefixes)


def select_split(found: TfdsFolder, split: str, train_percent: int) -> Selection:
    """The place of the images of ``split``, ``train`` or ``validation``.

    Where the data set has no split to evaluate on, it is the rest of its training images after the first
    ``train_percent``.
    """
    own = next((found.prefixes[one] for one in EVALUATION_SPLITS if one in found.prefixes), None)
    if own is not None:
        return Selection(found.folder, found.prefixes["train"] if split == "train" else own)
    start, end = (0, train_percent) if split == "train" else (train_percent, 100)
    return Selection(found.folder, found.prefixes["train"], start, end)


def _prefixes(folder: Path) -> Dict[str, str]:
    matches = [_SHARD.match(path.name) for path in sorted(folder.iterdir())]
    return {
        match.group(2): "{}-{}.tfrecord".format(match.group(1), match.group(2)) for match in matches if match
    }


def _version(name: str) -> List[int]:
    return [int(part) for part in re.findall(r"\d+", name)]
