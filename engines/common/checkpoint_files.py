"""Where checkpoints lie on disk: ``model.ckpt-<step>`` with its index and data files."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import List, NamedTuple

from engines.common.errors import UsageError

_INDEX = re.compile(r"model\.ckpt-(\d+)\.index$")


class Checkpoint(NamedTuple):
    """A checkpoint by its step and its path prefix."""

    step: int
    path: Path


def list_checkpoints(folder: Path) -> List[Checkpoint]:
    """The whole checkpoints of ``folder`` by step; the index file is written last, so it marks them."""
    if not folder.is_dir():
        return []
    found = []
    for name in os.listdir(str(folder)):
        match = _INDEX.match(name)
        if match:
            found.append(Checkpoint(int(match.group(1)), folder / name[: -len(".index")]))
    return sorted(found)


def find_checkpoint(path: Path, flag: str) -> Path:
    """The prefix that ``path`` means: itself, one of its files, or the newest in it if it is a folder.

    Raises :class:`UsageError` naming ``flag`` where there is none.
    """
    if path.is_dir():
        found = list_checkpoints(path) or list_checkpoints(path / "checkpoints")
        if found:
            return found[-1].path
        raise UsageError("{} {} holds no checkpoint.".format(flag, path))
    prefix = Path(re.sub(r"\.(index|meta|data-\d+-of-\d+)$", "", str(path)))
    if not Path(str(prefix) + ".index").is_file():
        raise UsageError("{} {} is not a checkpoint: {}.index is missing.".format(flag, path, prefix.name))
    return prefix
