"""The state of a run that goes on: its phase and figures for ``state.json``, and whether it gets on."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from console.metrics.canonical import EVALUATION_PREFIX
from console.metrics.events import EventKind
from console.metrics.ingest import IngestBatch
from console.metrics.samples import Sample
from console.runs.requests import ControlRequest
from console.runs.spec.job import Job
from console.runs.spec.policy import SupervisionPolicy
from console.runs.state import Cause, Phase, ProcessId, RunState
from console.runs.supervisor.ranks import Ranks

REMEMBERED_STEPS = 101


def larger_is_better(name: str) -> bool | None:
    """Whether a metric is to be maximised; ``None`` where a best value makes no
    sense (a learning rate, say)."""
    metric = name.removeprefix(EVALUATION_PREFIX)
    if metric in ("top1", "top5", "accuracy", "acc", "throughput"):
        return True
    return False if metric == "loss" or metric.endswith("_loss") else None


def newest_step(samples: Sequence[Sample]) -> int | None:
    """The step of the last sample that has one."""
    return next((sample.step for sample in reversed(samples) if sample.step >= 0), None)


class Progress:
    """Newest and best values, totals, and what the engines answered to requests.

    Of several ranks that state a metric the lowest one counts. ``acknowledged`` maps request ids to what
    was answered, ``refused`` holds those that were not granted; one rank's refusal counts for all.
    """

    def __init__(
        self,
        last: Mapping[str, float] | None = None,
        best: Mapping[str, float] | None = None,
        acknowledged: Mapping[str, str] | None = None,
        refused: Collection[str] = (),
        total_steps: int | None = None,
        total_epochs: float | None = None,
    ) -> None:
        self.last = dict(last or {})
        self.best = dict(best or {})
        self.acknowledged = dict(acknowledged or {})
        self.refused = set(refused)
        self.total_steps = total_steps
        self.total_epochs = total_epochs
        self._rank_of: dict[str, int] = {}
        self._directions: dict[str, bool | None] = {}

    def read(self, batch: IngestBatch) -> None:
        """Take in what one rank printed."""
        self.total_steps = batch.total_steps or self.total_steps
        self.total_epochs = batch.total_epochs or self.total_epochs
        for event in batch.events:
            if event.kind == EventKind.ACK:
                detail = event.detail
                self.answer(
                    str(detail.get("id")), str(detail.get("message") or ""), detail.get("ok") is not False
                )
        self._read_samples(batch.samples)

    def _read_samples(self, samples: Sequence[Sample]) -> None:
        newest = {sample.name: sample for sample in samples}
        for name, sample in newest.items():
            if sample.rank <= self._rank_of.setdefault(name, sample.rank):
                self._rank_of[name] = sample.rank
                self.last[name] = sample.value
        step = newest_step(samples)
        if step is not None:
            self.last["step"] = float(step)
        epoch = next((one.epoch for one in reversed(samples) if not math.isnan(one.epoch)), None)
        if epoch is not None:
            self.last["epoch"] = epoch
        self._read_best(samples, newest)

    def answer(self, request: str, message: str, granted: bool = True) -> None:
        """Note the answer to a request."""
        if not granted:
            self.refused.add(request)
        elif request in self.refused:
            return
        self.acknowledged[request] = message

    def refuse_rest(self, requests: Iterable[ControlRequest], message: str) -> None:
        """Refuse the requests that have no answer yet."""
        for request in requests:
            if request.id not in self.acknowledged:
                self.answer(request.id, message, granted=False)

    def _read_best(self, samples: Sequence[Sample], names: Mapping[str, Sample]) -> None:
        for name in names:
            if name not in self._directions:
                self._directions[name] = larger_is_better(name)
            maximise = self._directions[name]
            if maximise is None:
                continue
            values = [one.value for one in samples if one.name == name and math.isfinite(one.value)]
            if name in self.best:
                values.append(self.best[name])
            if values:
                self.best[name] = max(values) if maximise else min(values)


class StallWatch:
    """Judges the silence since the last progress against the run's own pace. Times are any monotonic seconds.

    The pace is the median time between two reports of progress. That is the step time of a log that tells of
    every step, and the reporting period of one that tells of every hundredth, which is the silence to expect.
    """

    def __init__(self, policy: SupervisionPolicy, now: float) -> None:
        self._policy = policy
        self._intervals: deque[float] = deque(maxlen=REMEMBERED_STEPS)
        self._last = now
        self._has_started = False
        self.stalled = False

    @property
    def limit(self) -> float:
        """Seconds of silence after which the run counts as stalled."""
        if not self._intervals:
            return max(self._policy.stall_floor, self._policy.first_step_floor)
        median = sorted(self._intervals)[len(self._intervals) // 2]
        return max(self._policy.stall_factor * median, self._policy.stall_floor)

    def progress(self, now: float) -> bool:
        """Note that some rank got on; True when that ends a stall."""
        if self._has_started:
            self._intervals.append(now - self._last)
        self._has_started = True
        self._last = now
        recovered, self.stalled = self.stalled, False
        return recovered

    def check(self, now: float) -> float | None:
        """The seconds of silence, once, when a stall begins; ``None`` otherwise."""
        silence = now - self._last
        if self.stalled or silence <= self.limit:
            return None
        self.stalled = True
        return silence


@dataclass
class LiveState:
    """The run's phase, attempt, cause and figures, which change as it goes. Times are Unix seconds.

    ``changed`` asks for the state to be written some time, ``urgent`` for at once.
    """

    job: Job
    supervisor: ProcessId
    phase: Phase = Phase.STARTING
    started: float | None = None
    ended: float | None = None
    attempt: int = 1
    cause: Cause | None = None
    stalled: bool = False
    progress: Progress = field(default_factory=Progress)
    changed: bool = True
    urgent: bool = True

    def restore(self, state: RunState) -> None:
        """Go on from what an earlier supervisor wrote."""
        self.phase, self.started, self.attempt = state.phase, state.started, state.attempt
        self.progress = Progress(
            state.last, state.best, state.acknowledged, state.refused, state.total_steps, state.total_epochs
        )

    def enter(self, phase: Phase) -> None:
        """Go over into another phase."""
        self.phase = phase
        self.urgent = True

    def note_stall(self, stalled: bool) -> None:
        """Note that a stall has begun or is over."""
        self.stalled = stalled
        self.urgent = True

    def state(self, ranks: Ranks) -> RunState:
        """The state as of now."""
        return RunState(
            run_id=self.job.folder.run_id,
            phase=self.phase,
            created=self.job.created,
            started=self.started,
            ended=self.ended,
            supervisor=None if self.phase.final else self.supervisor,
            ranks=tuple(rank.state() for rank in ranks.all),
            attempt=self.attempt,
            last=dict(self.progress.last),
            best=dict(self.progress.best),
            total_steps=self.progress.total_steps,
            total_epochs=self.progress.total_epochs,
            stalled=self.stalled,
            acknowledged=dict(self.progress.acknowledged),
            cause=self.cause,
            updated=time.time(),
            refused=tuple(sorted(self.progress.refused)),
        )
