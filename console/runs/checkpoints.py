"""Checkpoints on disk: TensorFlow's ``model.ckpt-N`` triples and PyTorch's ``*.pt`` files."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from console.runs.folder import RunFolder

_INDEX_SUFFIX = ".index"
_TORCH_SUFFIXES = (".pt", ".pth")
_STEP_IN_NAME = re.compile(r"(\d+)(?!.*\d)")


class Checkpoint(NamedTuple):
    """A complete checkpoint. ``path`` is what a training takes (TensorFlow: the prefix without ``.index``),
    ``step`` is ``None`` when the name tells none, ``size`` is in bytes over all its files, ``time`` in Unix
    seconds.
    """

    step: int | None
    path: Path
    size: int
    time: float


def list_checkpoints(folder: RunFolder) -> list[Checkpoint]:
    """The complete checkpoints in a run's ``checkpoints/``, by step and then by time; the newest is the last.

    What is still being written is left out: a TensorFlow prefix without its index or its data, an empty file.
    """
    return _checkpoints_in(folder.checkpoints_path)


def best_checkpoint(folder: RunFolder) -> Checkpoint | None:
    """The checkpoint with the best accuracy, which engines keep apart; ``None`` where none was scored."""
    return next(reversed(_checkpoints_in(folder.checkpoints_path / "best")), None)


def _checkpoints_in(folder: Path) -> list[Checkpoint]:
    try:
        entries = [entry for entry in os.scandir(folder) if entry.is_file()]
        sizes = {entry.name: entry.stat().st_size for entry in entries}
        found = [
            Checkpoint(step_of(path), path, size, entry.stat().st_mtime)
            for entry in entries
            for path, size in [_complete(Path(entry.path), sizes)]
            if size
        ]
    except OSError:
        return []
    return sorted(found, key=lambda one: (-1 if one.step is None else one.step, one.time))


def step_of(path: Path) -> int | None:
    """The step in a checkpoint's name: its last number (``model.ckpt-120``, ``epoch-2_step-640.pt``)."""
    stem = path.stem if path.suffix in _TORCH_SUFFIXES else path.name
    number = _STEP_IN_NAME.search(stem)
    return int(number.group()) if number else None


def without_index(path: Path) -> Path:
    """``path``, or the prefix it is the index of."""
    return path.with_suffix("") if path.suffix == _INDEX_SUFFIX else path


def exists(path: Path) -> bool:
    """True when ``path`` names a checkpoint: a file, or the prefix of TensorFlow's files."""
    return path.is_file() or path.with_name(path.name + _INDEX_SUFFIX).is_file()


def _complete(path: Path, sizes: dict[str, int]) -> tuple[Path, int]:
    """The checkpoint a file stands for and the bytes of all its files; 0 when it stands for none."""
    if path.suffix in _TORCH_SUFFIXES:
        return path, sizes[path.name]
    if path.suffix != _INDEX_SUFFIX:
        return path, 0
    prefix = without_index(path)
    data = sum(size for name, size in sizes.items() if name.startswith(f"{prefix.name}.data-"))
    meta = sizes.get(f"{prefix.name}.meta", 0)
    return prefix, data and data + sizes[path.name] + meta
