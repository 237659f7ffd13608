"""TensorFlow checkpoints of a run, as rank 0 writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engines.common.checkpoints.folder import CheckpointFolder
from engines.graph.framework import tf


class CheckpointStore(CheckpointFolder):
    """Writes all variables of the graph; see :class:`CheckpointFolder` for what is kept."""

    def __init__(self, folder: Path, keep: int) -> None:
        super().__init__(folder, keep)
        self._saver = tf.train.Saver(max_to_keep=None, save_relative_paths=True)

    def path(self, step: int) -> Path:
        """Where the checkpoint of ``step`` goes."""
        return self.folder / "model.ckpt-{}".format(step)

    def save(self, session: Any, step: int) -> None:
        """Write the checkpoint of ``step`` and drop the oldest beyond the limit."""
        self.folder.mkdir(parents=True, exist_ok=True)
        prefix = str(self.folder / "model.ckpt")
        self._saver.save(session, prefix, global_step=step, write_meta_graph=False)
        self.drop_oldest()
