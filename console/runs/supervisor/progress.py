"""What a run's newest samples and events amount to: the figures of ``state.json``."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from console.metrics.events import EventKind
from console.metrics.ingest import IngestBatch
from console.metrics.samples import Sample

EVALUATION_PREFIX = "eval/"


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
