"""Where checkpoints lie on disk: TensorFlow's ``model.ckpt-<step>`` with index and data files, or one
``model.ckpt-<step>.pt`` of PyTorch's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import List, NamedTuple

from engines.common.errors import UsageError

SINGLE_FILES = (".pt", ".pth", ".npz")
"""Ends of the names of checkpoints that are one file: PyTorch's, and NumPy's archives of arrays."""

SAVED_MODEL = "saved_model.pb"
"""The file by which TensorFlow tells a folder that is one model with its weights."""

_WHOLE = re.compile(r"(model\.ckpt-(\d+)(?:\.pt$|(?=\.index$)))")


class Checkpoint(NamedTuple):
    """A checkpoint by its step and its path: the prefix of TensorFlow's files, or PyTorch's file."""

    step: int
    path: Path


def list_checkpoints(folder: Path) -> List[Checkpoint]:
    """The whole checkpoints of ``folder`` by step. TensorFlow writes the index file last, so it marks them;
    a file of PyTorch's appears by renaming."""
    if not folder.is_dir():
        return []
    matches = [_WHOLE.match(path.name) for path in folder.iterdir()]
    return sorted(Checkpoint(int(match.group(2)), folder / match.group(1)) for match in matches if match)


def checkpoint_step(path: Path) -> int:
    """The step in a checkpoint's name; 0 where it names none."""
    number = re.search(r"-(\d+)(\.pth?)?$", path.name)
    return int(number.group(1)) if number else 0


def find_checkpoint(path: Path, flag: str) -> Path:
    """The checkpoint that ``path`` means: itself, one of its files, or the newest in it if it is a folder.

    A folder that TensorFlow saved a model in is a checkpoint itself.

    Raises :class:`UsageError` naming ``flag`` where there is none.
    """
    if (path / SAVED_MODEL).is_file():
        return path
    if path.is_dir():
        found = list_checkpoints(path) or list_checkpoints(path / "checkpoints")
        if found:
            return found[-1].path
        raise UsageError("{} {} holds no checkpoint.".format(flag, path))
    if path.suffix in SINGLE_FILES:
        if not path.is_file():
            raise UsageError("{} {} is not a file.".format(flag, path))
        return path
    prefix = Path(re.sub(r"\.(index|meta|data-\d+-of-\d+)$", "", str(path)))
    if not Path(str(prefix) + ".index").is_file():
        raise UsageError("{} {} is not a checkpoint: {}.index is missing.".format(flag, path, prefix.name))
    return prefix
