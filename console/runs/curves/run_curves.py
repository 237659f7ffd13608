"""The curves of a run, joined with those of the runs it was resumed from."""

from __future__ import annotations

from console.errors import UserError
from console.metrics.samples import Bucket, Event, Sample
from console.metrics.store import SampleStore, XAxis
from console.runs.curves.ancestry import Span, ends, first_sample, open_ancestors
from console.runs.folder import RunFolder


class RunCurves:
    """A read-only view over the samples and events of a run and of its ancestors up to the resume steps.

    A run without a store yet has no curves. On the time axis x is training time: the pauses between a run
    and its continuation are left out, and so are the steps that the continuation took again. An object may
    be used from several threads.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._store: SampleStore | None = None
        self._inode: int | None = None
        self._openings = 0
        self._events: list[Event] = []
        self._last_event = 0
        self._ancestors = open_ancestors(folder)
        self._inherited = [event for ancestor in self._ancestors for event in ancestor.events()]

    def names(self) -> list[str]:
        """The metrics there are, those of the run itself first."""
        return list(dict.fromkeys(name for store in self._stores() for name in store.names()))

    def ranks(self, name: str) -> list[int]:
        """The ranks that state a metric."""
        return sorted({rank for store in self._stores() for rank in store.ranks(name)})

    def last(self, name: str, rank: int) -> Sample | None:
        """The newest sample of a metric of one rank, finite or not, of the run itself: no ancestor has newer."""
        own = self._own()
        return own.last(name, rank) if own is not None else None

    def last_of_lowest(self, name: str) -> Sample | None:
        """The :meth:`last` sample on the lowest rank of the run that states the metric."""
        own = self._own()
        ranks = own.ranks(name) if own is not None else []
        return own.last(name, ranks[0]) if own is not None and ranks else None

    def series(
        self,
        name: str,
        rank: int | None,
        x_axis: XAxis,
        width: int,
        x_range: Span | None = None,
        smoothing: float = 0.0,
    ) -> list[Bucket]:
        """The joined curve, as :meth:`SampleStore.series` gives it for one run; smoothing begins anew with
        each.

        The ``width`` columns are shared among the runs by how much of the x axis each has.
        """
        own = self._own()
        if not self._ancestors:
            return own.series(name, rank, x_axis, width, x_range=x_range, smoothing=smoothing) if own else []
        parts = [
            (one.store, one.spans[x_axis], one.shift if x_axis is XAxis.TIME else 0.0)
            for one in self._ancestors
        ]
        if own is not None:
            shift = ends(self._ancestors)[XAxis.TIME] if x_axis is XAxis.TIME else 0.0
            parts.append((own, self._own_span(own, name, x_axis), shift))
        visible = [(store, _clip(span, x_range), shift) for store, span, shift in parts]
        visible = [part for part in visible if part[1][0] <= part[1][1]]
        breadth = sum(high - low for _, (low, high), _ in visible)
        buckets: list[Bucket] = []
        for store, (low, high), shift in visible:
            columns = max(1, round(width * (high - low) / breadth)) if breadth else width
            window = (low - shift, high - shift)
            part = store.series(name, rank, x_axis, columns, x_range=window, smoothing=smoothing)
            buckets += [bucket._replace(x=bucket.x + shift) for bucket in part]
        return buckets

    def events(self) -> list[Event]:
        """The events of the run, after those of its ancestors that belong to steps it did not repeat."""
        own = self._own()
        for number, event in own.events(self._last_event) if own is not None else ():
            self._events.append(event)
            self._last_event = number
        return self._inherited + self._events

    def version(self) -> int:
        """A number that changes whenever something was added; cheap enough to ask many times a second."""
        own = self._own()
        return 0 if own is None else (self._openings << 40) + own.version()

    def close(self) -> None:
        """Let go of the stores."""
        for store in self._stores():
            store.close()

    def _stores(self) -> list[SampleStore]:
        own = self._own()
        return [*([] if own is None else [own]), *(one.store for one in self._ancestors)]

    def _own(self) -> SampleStore | None:
        """The run's own store, opened anew when the file has been replaced, as by a reindexing."""
        try:
            inode = self._folder.store_path.stat().st_ino
        except OSError:
            return self._store
        if inode != self._inode:
            try:
                opened = SampleStore.open(self._folder.store_path, readonly=True)
            except UserError:
                return self._store
            self._store, self._inode = opened, inode
            self._openings += 1
            self._events, self._last_event = [], 0
        return self._store

    def _own_span(self, own: SampleStore, name: str, axis: XAxis) -> Span:
        """From where the ancestors end to the newest sample of a metric."""
        begin = ends(self._ancestors)[axis]
        newest = [sample for rank in own.ranks(name) if (sample := own.last(name, rank)) is not None]
        if axis is XAxis.STEP:
            return begin + 1, max((float(one.step) for one in newest), default=begin)
        if axis is XAxis.EPOCH:
            return begin, max((one.epoch for one in newest if one.epoch >= begin), default=begin)
        first = first_sample(own)
        seconds = max((one.time - first.time for one in newest), default=0.0) if first is not None else 0.0
        return begin, begin + seconds


def _clip(span: Span, limits: Span | None) -> Span:
    """The part of ``span`` within ``limits``; its end lies before its beginning where there is none."""
    return span if limits is None else (max(span[0], limits[0]), min(span[1], limits[1]))
