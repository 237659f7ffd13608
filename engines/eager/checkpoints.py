"""TensorFlow checkpoints of a run, as rank 0 writes them: variables by name, as graph mode has them too."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

from engines.common.checkpoints.folder import CheckpointFolder
from engines.eager.framework import tf


class CheckpointStore(CheckpointFolder):
    """See :class:`CheckpointFolder` for what is kept."""

    def path(self, step: int) -> Path:
        """Where the checkpoint of ``step`` goes."""
        return self.folder / "model.ckpt-{}".format(step)

    def save(self, variables: Mapping[str, Any], step: int) -> None:
        """Write the checkpoint of ``step`` and drop the oldest beyond the limit."""
        self.folder.mkdir(parents=True, exist_ok=True)
        tf.raw_ops.SaveV2(
            prefix=str(self.folder / "model.ckpt-{}".format(step)),
            tensor_names=list(variables),
            shape_and_slices=[""] * len(variables),
            tensors=[variable.read_value() for variable in variables.values()],
        )
        self.drop_oldest()
