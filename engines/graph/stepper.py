"""The steps of a training in TensorFlow's graph mode."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Collection, Dict, Mapping, Optional, Tuple

from engines.common.dumps.data_dump import DataDump
from engines.common.job import Job
from engines.common.reporting.reporter import StepNumbers
from engines.common.reporting.results import Scores
from engines.graph.checkpoints import Saver
from engines.graph.device import GraphDevice
from engines.graph.evaluation import Evaluation
from engines.graph.framework import Session
from engines.graph.towers import TrainingTower
from engines.graph.tracing import GraphTracer
from engines.training.stepper import Means, Stepper, Verdict


class GraphStepper(Stepper):
    """See :class:`Stepper`. ``evaluation`` is ``None`` where there is none."""

    def __init__(
        self,
        job: Job,
        session: Session,
        device: GraphDevice,
        tower: TrainingTower,
        saver: Saver,
        evaluation: Optional[Evaluation],
        total_steps: int,
    ) -> None:
        super().__init__(job)
        self.steps_per_call = device.steps_per_call
        self._session = session
        self._device = device
        self._tower = tower
        self._saver = saver
        self._evaluation = evaluation
        toggles, live = job.toggles, self.live_debugging
        self._dump = DataDump(job, tower.taps, toggles.dump_steps if live else (), total_steps)
        self._tracer = GraphTracer(job, toggles.profile_steps if live else None)
        self._values: Mapping[str, Any] = {}

    def begin(self, start: int) -> bool:
        """See :class:`Stepper`."""
        if start == 0:
            self._dump.start(self._session, self._tower.parameters)
        return False

    def trace(self, first: int, last: int) -> Tuple[int, int]:
        """See :class:`Stepper`."""
        return self._tracer.schedule(first, last)

    def dump(self, steps: Collection[int]) -> Optional[str]:
        """See :class:`Stepper`."""
        return self._dump.schedule(steps)

    def run(self, step: int) -> None:
        """See :class:`Stepper`."""
        tower = self._tower
        options, metadata = self._tracer.start(step)
        self._values = self._session.run(
            {
                "update": tower.update,
                "means": tower.means,
                "stops": tower.stops,
                "overflows": tower.overflows,
                "decay": tower.decay,
                "lr": tower.lr,
                "dump": self._dump.fetches(step),
            },
            {tower.stop: float(self.job.stop.requested)},
            options,
            metadata,
        )
        self.learning_rate = float(self._values["lr"])
        self.loss = float(self._values["means"][0])

    def line_means(self) -> Means:
        """See :class:`Stepper`; those of the last step."""
        loss, top1, top5 = self._values["means"].tolist()
        return Means(loss, top1, top5, float(self._values["decay"]))

    def agree(self, step: int) -> Verdict:
        """See :class:`Stepper`; the ranks have agreed in the step itself."""
        self._dump.write(step, self._values["dump"])
        return Verdict(bool(self._values["stops"] > 0), bool(self._values["overflows"] > 0))

    def summary(self, told: Optional[StepNumbers]) -> Dict[str, float]:
        """See :class:`Stepper`."""
        now = self.line_means()
        return {
            "loss": now.loss,
            "total_loss": now.loss + now.decay,
            "learning_rate": self.learning_rate,
            "top1": now.top1,
            "top5": now.top5,
        }

    def close(self, step: int, ended: bool) -> None:
        """See :class:`Stepper`; parts from the other ranks, which do not wait for the last checkpoint."""
        self._tracer.finish(step, ended)
        if ended:
            self._device.finish(self._session)

    def save(self, path: Path, step: int) -> None:
        """See :class:`Stepper`."""
        self._saver.save(self._session, path)

    def evaluate(self) -> Optional[Scores]:
        """See :class:`Stepper`."""
        assert self._evaluation is not None, "an evaluation is due"
        return self._evaluation.run(self._session)
