"""The steps of a training in TensorFlow 2."""

from __future__ import annotations

from pathlib import Path
from typing import Collection, Dict, Iterator, NamedTuple, Optional, Tuple

from engines.common.checkpoints.folder import Best
from engines.common.dumps.data_dump import DataDump
from engines.common.dumps.taps import Taps
from engines.common.job import Job
from engines.common.reporting.reporter import StepNumbers
from engines.common.reporting.results import Scores
from engines.eager.checkpoints import resume, save
from engines.eager.device import EagerDevice
from engines.eager.evaluation import Evaluation
from engines.eager.framework import tf
from engines.eager.networks import EagerNetwork, Schedule
from engines.eager.state import TrainingState
from engines.eager.steps import StepInput, TrainingStep, share
from engines.eager.tracing import EagerTracer
from engines.ops.framework import Tensor
from engines.training.stepper import Means, Stepper, Verdict


class Averages:
    """Means of loss and accuracy over the steps since the last look."""

    def __init__(self) -> None:
        self._steps = 0
        self._sums = [0.0, 0.0, 0.0]

    def add(self, now: Means) -> None:
        """Take in one step."""
        self._steps += 1
        self._sums = [a + b for a, b in zip(self._sums, (now.loss, now.top1, now.top5))]

    def take(self) -> Means:
        """The means since the last call."""
        loss, top1, top5 = (one / self._steps for one in self._sums)
        self._steps, self._sums = 0, [0.0, 0.0, 0.0]
        return Means(loss, top1, top5)


class StepTaps(Taps):
    """The taps of ``step`` as far as they are asked for their size."""

    def __init__(self, step: TrainingStep) -> None:
        super().__init__()
        self._step = step

    @property
    def size(self) -> int:
        """See :class:`Taps`."""
        return self._step.dump_size()


class Parts(NamedTuple):
    """The parts of a training. ``batches`` are pairs of images and labels; ``evaluation`` is ``None`` where
    there is none."""

    network: EagerNetwork
    schedule: Schedule
    state: TrainingState
    batches: Iterator[Tuple[Tensor, Tensor]]
    evaluation: Optional[Evaluation]


class EagerStepper(Stepper):
    """See :class:`Stepper`."""

    def __init__(self, job: Job, device: EagerDevice, parts: Parts) -> None:
        super().__init__(job)
        self._device = device
        self._parts = parts
        self._train = TrainingStep(job, parts.network, device, parts.state)
        live = self.live_debugging
        steps = job.toggles.dump_steps if live else ()
        self._dump = DataDump(job, StepTaps(self._train), steps, parts.schedule.plan.total_steps)
        self._tracer = EagerTracer(job, job.toggles.profile_steps if live else None)
        self._since_line, self._since_evaluation = Averages(), Averages()
        self._now = Means(0.0, 0.0)
        self._verdict = Verdict(stop=False, overflow=False)
        self._applied = True
        self._dumped: Dict[str, Tensor] = {}

    def begin(self, start: int) -> bool:
        """See :class:`Stepper`."""
        if start == 0 and self._dump.due(0):
            variables = self._parts.state.parameters.variables
            self._dump.write(0, {name: variable.numpy() for name, variable in variables.items()})
        return False

    def trace(self, first: int, last: int) -> Tuple[int, int]:
        """See :class:`Stepper`."""
        return self._tracer.schedule(first, last)

    def dump(self, steps: Collection[int]) -> Optional[str]:
        """See :class:`Stepper`."""
        return self._dump.schedule(steps)

    def run(self, step: int) -> None:
        """See :class:`Stepper`."""
        parts = self._parts
        self.learning_rate = parts.schedule.learning_rate(step - 1)
        with self._tracer.start(step):
            images, labels = next(parts.batches)
            mix_weight, stop = parts.network.mix_weight(step - 1), float(self.job.stop.requested)
            given = StepInput(
                *(tf.constant(one, tf.float32) for one in (self.learning_rate, mix_weight, stop))
            )
            result = self._train(images, labels, given, self._dump.due(step))
            loss, top1, top5, stops, overflows, applied = result["numbers"].numpy().tolist()
        self._now = Means(loss, top1, top5)
        self._since_line.add(self._now)
        self._since_evaluation.add(self._now)
        self._verdict = Verdict(stop=stops > 0, overflow=overflows > 0)
        self._applied = applied > 0
        self._dumped = result["dump"]

    def line_means(self) -> Means:
        """See :class:`Stepper`."""
        means = self._since_line.take()
        self.loss = means.loss
        return means

    def agree(self, step: int) -> Verdict:
        """See :class:`Stepper`; the ranks have agreed in the step itself."""
        self._dump.write(step, {name: tensor.numpy() for name, tensor in self._dumped.items()})
        if not self._applied:
            self.job.reporter.say("Gradient overflow in step {}; the update is left out.".format(step))
        return self._verdict

    def summary(self, told: Optional[StepNumbers]) -> Dict[str, float]:
        """See :class:`Stepper`."""
        now = self._now
        return {"loss": now.loss, "learning_rate": self.learning_rate, "top1": now.top1, "top5": now.top5}

    def close(self, step: int, ended: bool) -> None:
        """See :class:`Stepper`."""
        self._tracer.finish(step, ended)

    def save(self, path: Path, step: int) -> None:
        """See :class:`Stepper`."""
        save(path, self._parts.state.variables)

    def evaluate(self) -> Optional[Scores]:
        """See :class:`Stepper`."""
        assert self._parts.evaluation is not None, "an evaluation is due"
        return self._parts.evaluation.run()

    def evaluation_means(self) -> Means:
        """See :class:`Stepper`."""
        return self._since_evaluation.take()

    def is_best(self, top1: float, kept: Optional[Best]) -> bool:
        """See :class:`Stepper`; checkpoints hold the best accuracy so far, for the early stopping."""
        return self._parts.state.early_stopping.judge(top1)

    def exhausted(self) -> bool:
        """See :class:`Stepper`."""
        return self._parts.state.early_stopping.exhausted(self._parts.schedule.patience)

    def return_to(self, best: Optional[Path]) -> bool:
        """See :class:`Stepper`."""
        weights = self._parts.state.parameters.variables
        if best is not None:
            resume(best, weights)
        return share(self._device, list(weights.values()), self.job.stop.requested, "share_best")
