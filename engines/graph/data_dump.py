"""Data dump on CPU: the tensors of chosen steps."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Mapping, Sequence, Tuple

import numpy as np

from engines.common.dumps import has_room, write_dump
from engines.common.job import Job
from engines.graph.taps import Taps


class DataDump:
    """Fetches and writes every tap, with its inputs, at the steps asked for."""

    def __init__(self, job: Job, taps: Taps, steps: Iterable[int]) -> None:
        self._job = job
        self._tensors = taps.tensors
        self._steps = set(steps)

    def schedule(self, steps: Iterable[int]) -> None:
        """Dump at ``steps`` too."""
        self._steps.update(steps)

    def due(self, step: int) -> bool:
        """Whether ``step`` is one of those asked for."""
        return step in self._steps

    def fetches(self, step: int) -> Mapping[str, Any]:
        """What to fetch in ``step`` beside the step's own numbers."""
        return self._tensors if self.due(step) else {}

    def start(self, session: Any, parameters: Sequence[Tuple[Any, Any]]) -> None:
        """Dump what there is at step 0, before training: the ``parameters``, pairs of variable and value."""
        if self.due(0):
            self.write(0, session.run({variable.op.name: value for variable, value in parameters}))

    def write(self, step: int, tensors: Dict[str, np.ndarray]) -> None:
        """Write what was fetched in ``step``, if anything was."""
        if not tensors:
            return
        folder = self._job.toggles.dump_path / "step-{}_rank-{}".format(step, self._job.ranks.rank)
        if not has_room(folder.parent, sum(value.nbytes for value in tensors.values())):
            self._job.reporter.say(
                "Dump of step {} left out: the disk of {} is nearly full.".format(step, folder)
            )
            return
        write_dump(folder, tensors, step=step, rank=self._job.ranks.rank)
        self._job.reporter.event("dump", step=step, path=self._job.relative(folder), tensors=len(tensors))
