"""The inheritance of a resumed run: each earlier run up to the step that the next one went on from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from console.errors import UserError
from console.metrics.samples import Event, Sample
from console.metrics.store import SampleStore, XAxis
from console.runs.folder import RunFolder

MAX_ANCESTORS = 100

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Ancestor:
    """One earlier run. ``spans`` are the parts of the joined x axes that it has, ``shift`` is what its own
    time axis is moved by: the training time of the runs before it, in seconds."""

    store: SampleStore
    step: int
    spans: dict[XAxis, Span]
    shift: float

    def events(self) -> list[Event]:
        """The events of the steps that the next run did not repeat."""
        return [event for _, event in self.store.events() if 0 <= event.step <= self.step]


def open_ancestors(folder: RunFolder) -> list[Ancestor]:
    """The runs that a run goes back to, oldest first, as far as they are still there and have curves."""
    ancestors: list[Ancestor] = []
    for path, step in reversed(list(_chain(folder))):
        try:
            store = SampleStore.open(path, readonly=True)
        except UserError:
            continue
        found = _first_and_last(store, step)
        if found is None:
            store.close()
            continue
        begin = ends(ancestors)
        first, last = found
        seconds = begin[XAxis.TIME] + max(0.0, last.time - first.time)
        spans = {
            XAxis.STEP: (begin[XAxis.STEP] + 1, float(step)),
            XAxis.EPOCH: (begin[XAxis.EPOCH], last.epoch),
            XAxis.TIME: (begin[XAxis.TIME], seconds),
        }
        ancestors.append(Ancestor(store, step, spans, begin[XAxis.TIME]))
    return ancestors


def ends(ancestors: list[Ancestor]) -> dict[XAxis, float]:
    """The point on each axis at which the ancestors end and the next run begins."""
    if not ancestors:
        return {XAxis.STEP: -1.0, XAxis.EPOCH: 0.0, XAxis.TIME: 0.0}
    return {axis: end for axis, (_, end) in ancestors[-1].spans.items()}


def first_sample(store: SampleStore) -> Sample | None:
    """The first sample of the metric that appeared first."""
    for name in store.names()[:1]:
        return next(store.samples(name, store.ranks(name)[0]), None)
    return None


def _chain(folder: RunFolder) -> Iterator[tuple[Path, int]]:
    """The stores of parent, grandparent and so on, with the step at which each was left."""
    seen = {folder.run_id}
    origin = folder.spec().get("resume")
    while isinstance(origin, dict) and len(seen) <= MAX_ANCESTORS:
        parent = RunFolder(folder.path.parent / str(origin.get("run")))
        step = origin.get("step")
        if parent.run_id in seen or not isinstance(step, int):
            return
        seen.add(parent.run_id)
        yield parent.store_path, step
        origin = parent.spec().get("resume")


def _first_and_last(store: SampleStore, step: int) -> tuple[Sample, Sample] | None:
    """The first sample of a store and its last one up to ``step``, by the metric that appeared first."""
    first = first_sample(store)
    if first is None:
        return None
    last = first
    for sample in store.samples(first.name, first.rank):
        if sample.step <= step and not math.isnan(sample.epoch):
            last = sample
        elif sample.step <= step:
            last = sample._replace(epoch=last.epoch)
    return first, last
