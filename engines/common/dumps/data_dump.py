"""Data dump on CPU: the tensors of chosen steps."""

from __future__ import annotations

from typing import Any, Collection, Dict, Iterable, Mapping, Optional, Sequence, Set, Tuple

import numpy as np

from engines.common.dumps.budget import DumpBudget
from engines.common.dumps.taps import Taps
from engines.common.errors import UsageError
from engines.common.job import Job


class DataDump:
    """Fetches and writes every tap, with its inputs, at the steps asked for."""

    def __init__(self, job: Job, taps: Taps, steps: Iterable[int], total_steps: int) -> None:
        """Raises :class:`UsageError` where the ``steps`` up to ``total_steps`` would take too much room."""
        self._job = job
        self._taps = taps
        self._steps: Set[int] = set()
        self._budget = DumpBudget(job.toggles.dump_limit // job.ranks.world_size)
        within = [step for step in steps if step <= total_steps]
        refusal = self.schedule(within)
        if refusal is not None:
            raise UsageError("The data dump of {} steps is refused: {}.".format(len(within), refusal))

    def schedule(self, steps: Collection[int]) -> Optional[str]:
        """Dump at ``steps`` too, or say why not."""
        if not steps:
            return None
        refusal = self._budget.refusal(self._job.toggles.dump_path, self._taps.size * len(steps))
        if refusal is None:
            self._steps.update(steps)
        return refusal

    def due(self, step: int) -> bool:
        """Whether ``step`` is one of those asked for."""
        return step in self._steps

    def fetches(self, step: int) -> Mapping[str, Any]:
        """The tensors to fetch in ``step`` beside the step's own numbers."""
        return self._taps.tensors if self.due(step) else {}

    def start(self, session: Any, parameters: Sequence[Tuple[Any, Any]]) -> None:
        """Dump what there is at step 0, before training: the ``parameters``, pairs of variable and value."""
        if self.due(0):
            self.write(0, session.run({variable.op.name: value for variable, value in parameters}))

    def write(self, step: int, tensors: Dict[str, np.ndarray]) -> None:
        """Write what was fetched in ``step``, if anything was."""
        if not tensors:
            return
        folder = self._job.toggles.dump_path / "step-{}_rank-{}".format(step, self._job.ranks.rank)
        refusal = self._budget.write(folder, tensors, step=step, rank=self._job.ranks.rank)
        if refusal is not None:
            self._job.reporter.say("No dump of step {}: {}.".format(step, refusal))
            return
        self._job.reporter.event("dump", step=step, path=self._job.relative(folder), tensors=len(tensors))
