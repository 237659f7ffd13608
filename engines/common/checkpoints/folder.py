"""The checkpoints of one run: the newest few, and the best in a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import List, NamedTuple, Optional

from engines.common.atomic import write_json
from engines.common.checkpoints.files import Checkpoint, checkpoint_step, list_checkpoints


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
    """What the folder ``best`` holds, whole."""
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
