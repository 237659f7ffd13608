"""TensorBoard event files of a run."""

from __future__ import annotations

from pathlib import Path

from engines.graph.framework import tf


class Summaries:
    """Scalars of rank 0 under ``folder``; ``None`` writes nothing."""

    def __init__(self, folder: "Path | None") -> None:
        self._writer = None  # type: Any
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._writer = tf.summary.FileWriter(str(folder))

    def write(self, step: int, **values: float) -> None:
        """Write one point per value; ``__`` in a name becomes ``/``."""
        if self._writer is not None:
            points = [
                tf.Summary.Value(tag=name.replace("__", "/"), simple_value=value)
                for name, value in values.items()
            ]
            self._writer.add_summary(tf.Summary(value=points), step)
            self._writer.flush()
