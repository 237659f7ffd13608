"""Checkpoints of a run: ``model.ckpt-<step>`` of rank 0, the newest few and the best."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Optional, Sequence

from engines.common.atomic import write_json
from engines.common.checkpoint_files import Checkpoint, list_checkpoints
from engines.graph.framework import tf


class CheckpointStore:
    """Writes the checkpoints of one run into ``folder``, and keeps the ``keep`` newest and the best."""

    def __init__(self, folder: Path, keep: int) -> None:
        self.folder = folder
        self._keep = keep
        self._saver = tf.train.Saver(max_to_keep=None, save_relative_paths=True)

    @property
    def last(self) -> Optional[Checkpoint]:
        """The newest checkpoint there is."""
        return next(reversed(list_checkpoints(self.folder)), None)

    def path(self, step: int) -> Path:
        """Where the checkpoint of ``step`` goes."""
        return self.folder / "model.ckpt-{}".format(step)

    def save(self, session: Any, step: int) -> None:
        """Write the checkpoint of ``step`` and drop the oldest beyond the limit."""
        self.folder.mkdir(parents=True, exist_ok=True)
        prefix = str(self.folder / "model.ckpt")
        self._saver.save(session, prefix, global_step=step, write_meta_graph=False)
        for old in list_checkpoints(self.folder)[: -self._keep]:
            _remove(old.path)

    def best_top1(self) -> Optional[float]:
        """The accuracy of the best checkpoint kept so far."""
        try:
            return float(json.loads((self.folder / "best" / "best.json").read_text())["top1"])
        except (OSError, ValueError, KeyError):
            return None

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


def _files(prefix: Path) -> Sequence[Path]:
    """The files of one checkpoint, the index last."""
    files = [path for path in prefix.parent.glob(prefix.name + ".*") if path.suffix != ".tmp"]
    return sorted(files, key=lambda path: path.suffix == ".index")


def _remove(prefix: Path) -> None:
    for path in reversed(_files(prefix)):
        path.unlink()


def _link(source: Path, target: Path) -> None:
    """A second name for ``source``, or a copy where the file system has no hard links."""
    if target.exists():
        target.unlink()
    try:
        os.link(str(source), str(target))
    except OSError:
        shutil.copyfile(str(source), str(target))
