"""Checkpoints on disk: TensorFlow's ``model.ckpt-<step>`` with index and data files, or one ``model.ckpt-<step>.pt``
of PyTorch's. A run keeps the newest few, and the best in a folder of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import List, NamedTuple, Optional

from engines.common.atomic import write_json
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


class Best(NamedTuple):
    """The best checkpoint of a training, with its accuracy as a fraction."""

    step: int
    top1: float
    path: Path


class CheckpointFolder:
    """Keeps the ``keep`` newest checkpoints of ``folder`` and the best, whatever files one consists of.

    ``suffix`` is the end of a checkpoint's path: that of the file, or none where the path is a prefix.
    """

    def __init__(self, folder: Path, keep: int, suffix: str = "") -> None:
        self.folder = folder
        self._keep = keep
        self._suffix = suffix

    def path(self, step: int) -> Path:
        """The path of the checkpoint of ``step``."""
        return self.folder / "model.ckpt-{}{}".format(step, self._suffix)

    @property
    def last(self) -> Optional[Checkpoint]:
        """The newest checkpoint there is."""
        return next(reversed(list_checkpoints(self.folder)), None)

    def drop_oldest(self) -> None:
        """Remove what is beyond the limit."""
        for old in list_checkpoints(self.folder)[: -self._keep]:
            _remove(old.path)

    @property
    def best(self) -> Optional[Best]:
        """The best checkpoint kept so far."""
        return _read_best(self.folder / "best")

    def inherit_best(self, resumed: Path) -> None:
        """Take over the best checkpoint beside ``resumed``, from which a training goes on in this folder.

        Unless this folder has one already, or that one came after ``resumed``.
        """
        source = resumed.parent if resumed.parent.name == "best" else resumed.parent / "best"
        former = _read_best(source)
        if former is not None and self.best is None and former.step <= checkpoint_step(resumed):
            self.keep_as_best(former.path, former.step, former.top1)

    def keep_as_best(self, path: Path, step: int, top1: float) -> Path:
        """Keep the checkpoint ``path`` in the folder ``best``, in place of the former best."""
        folder = self.folder / "best"
        folder.mkdir(parents=True, exist_ok=True)
        former = [one for one in list_checkpoints(folder) if one.step != step]
        for source in _files(path):
            _link(source, folder / source.name)
        write_json(folder / "best.json", {"step": step, "top1": top1})
        for one in former:
            _remove(one.path)
        return folder / path.name


def _read_best(folder: Path) -> Optional[Best]:
    """The checkpoint of the folder ``best``, if it is whole."""
    try:
        kept = json.loads((folder / "best.json").read_text(encoding="utf-8"))
        step, top1 = int(kept["step"]), float(kept["top1"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return next((Best(step, top1, one.path) for one in list_checkpoints(folder) if one.step == step), None)


def _files(checkpoint: Path) -> List[Path]:
    """The file, or TensorFlow's files under one prefix, of one checkpoint; the index last."""
    if checkpoint.is_file():
        return [checkpoint]
    files = [path for path in checkpoint.parent.glob(checkpoint.name + ".*") if path.suffix != ".tmp"]
    return sorted(files, key=lambda path: path.suffix == ".index")


def _remove(checkpoint: Path) -> None:
    for path in reversed(_files(checkpoint)):
        path.unlink()


def _link(source: Path, target: Path) -> None:
    """A second name for ``source``, or a copy where the file system has no hard links."""
    if target.exists():
        target.unlink()
    try:
        os.link(str(source), str(target))
    except OSError:
        shutil.copyfile(str(source), str(target))
