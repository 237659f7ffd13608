"""The charts of a run, read from its store no more often than their cost allows."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cached_property

from console.i18n import Language, current_language, t
from console.metrics.events import EventKind
from console.metrics.samples import Event
from console.metrics.store import XAxis
from console.runs.curves.run_curves import RunCurves
from console.runs.folder import RunFolder
from console.tui.monitor.charts.drawing import Timeline, axis_end, chart_of, marks_of
from console.tui.monitor.charts.panels import Panel, page_count, page_of, panels_of
from console.tui.monitor.progress import trend_of
from console.tui.monitor.snapshot import RunFacts, View
from console.tui.widgets.chart.contents import ChartData, Points

SHORTEST_PERIOD = 0.5
COST_SHARE = 0.02
"""The share of a core that reading curves may take: the more they cost, the rarer they are read. Drawing them
costs as much again."""

LOSSES = ("loss", "total_loss")
TREND_COLUMNS, TREND_SMOOTHING = 40, 0.9
MOST_RANKS = 64
"""Ranks whose newest values are read at every turn; those of more would cost more than the charts."""


_Look = tuple[int, View, Language, bool, RunFacts]


class CurveFeed:
    """Charts, newest values by rank, and events of one run. ``read`` is called from one thread."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._seen: _Look | None = None
        self._due = 0.0
        self._ends: dict[XAxis, float] = {}
        self.events: tuple[Event, ...] = ()
        self.overflows = 0
        self.checkpoint_time: float | None = None
        self.panels: tuple[Panel, ...] = panels_of(())
        self.charts: tuple[ChartData, ...] = ()
        self.keys: tuple[str, ...] = ()
        self.pages = 1
        self.loss_trend: int | None = None
        self.by_rank: Mapping[int, Mapping[str, float]] = {}

    @cached_property
    def _curves(self) -> RunCurves:
        """Opened by the reading thread: the stores of a run's ancestors may be many."""
        return RunCurves(self._folder)

    @property
    def version(self) -> int:
        """Changes whenever the store has more."""
        return self._curves.version()

    def close(self) -> None:
        """Let go of the stores."""
        self._curves.close()

    def newest(self, names: Sequence[str]) -> dict[str, float]:
        """The newest value of each metric on the lowest rank that states it."""
        found = {name: self._curves.last_of_lowest(name) for name in names}
        return {name: sample.value for name, sample in found.items() if sample is not None}

    def read(self, view: View, facts: RunFacts, final: bool) -> bool:
        """Read the charts of ``view`` anew if there is more and it is time, or if another view is wanted."""
        wanted = (self.version, view, current_language(), final, facts)
        now = time.monotonic()
        if wanted == self._seen or (self._is_same_look(wanted) and now < self._due):
            return False
        self._seen = wanted
        spent = time.thread_time()
        self._read(view, facts, final)
        cost = time.thread_time() - spent
        self._due = now + max(SHORTEST_PERIOD, cost / COST_SHARE)
        return True

    def _is_same_look(self, wanted: _Look) -> bool:
        return self._seen is not None and wanted[1:] == self._seen[1:]

    def _read(self, view: View, facts: RunFacts, final: bool) -> None:
        self._read_events()
        self.panels = panels_of(self._curves.names())
        self.pages = page_count(self.panels, view.page_size)
        shown = page_of(self.panels, view.page, view.page_size)
        axis = view.x_axis
        end = axis_end(self._newest_x(shown, axis), self._ends.get(axis, 0.0), axis, final)
        self._ends[axis] = end
        marks = marks_of(self.events, axis, self._timeline(axis), facts.resume_step)
        self.keys = tuple(panel.key for panel in shown)
        self.charts = tuple(
            chart_of(
                panel,
                self._curves,
                view,
                end,
                marks,
                facts.published,
                note=self._note(view) if panel is shown[-1] else "",
                empty_text=_empty_text(panel, final),
            )
            for panel in shown
        )
        self.loss_trend = self._trend()
        self.by_rank = self._values_by_rank()

    def _read_events(self) -> None:
        events = tuple(self._curves.events())
        if events != self.events:
            self.events = events
            self.overflows = sum(event.kind == EventKind.OVERFLOW for event in events)
            saved = [event.time for event in events if event.kind == EventKind.CHECKPOINT]
            self.checkpoint_time = max(saved, default=None)

    def _note(self, view: View) -> str:
        """The page and the smoothing, noted on the last chart for all of them."""
        words = []
        if self.pages > 1:
            words.append(t("monitor.page", page=min(view.page, self.pages - 1) + 1, pages=self.pages))
        if view.smoothing:
            words.append(t("monitor.smoothing", weight=view.smoothing))
        return " · ".join(words)

    def _newest_x(self, panels: Sequence[Panel], axis: XAxis) -> float:
        """The end of the longest curve of some panels, on the lowest rank of each."""
        newest = 0.0
        for name in (name for panel in panels for name in panel.names):
            for rank in self._curves.ranks(name)[:1]:
                buckets = self._curves.series(name, rank, axis, 1)
                newest = max(newest, buckets[-1].x if buckets else 0.0)
        return newest

    def _trend(self) -> int | None:
        """The direction of the smooth loss of the lowest rank that states one."""
        for name in LOSSES:
            for rank in self._curves.ranks(name)[:1]:
                buckets = self._curves.series(
                    name, rank, XAxis.STEP, TREND_COLUMNS, smoothing=TREND_SMOOTHING
                )
                return trend_of(Points.of(buckets))
        return None

    def _values_by_rank(self) -> dict[int, dict[str, float]]:
        values: dict[int, dict[str, float]] = {}
        for key, names in (("loss", LOSSES), ("throughput", ("throughput",))):
            for name in names:
                for rank in self._curves.ranks(name)[:MOST_RANKS]:
                    sample = self._curves.last(name, rank)
                    if sample is not None:
                        values.setdefault(rank, {}).setdefault(key, sample.value)
        return values

    def _timeline(self, axis: XAxis) -> Timeline:
        """The means to place events on an axis of epochs or of time."""
        if axis is XAxis.EPOCH:
            starts = [event for event in self.events if event.kind == EventKind.START]
            steps = starts[-1].detail.get("steps_per_epoch") if starts else None
            return Timeline(
                steps_per_epoch=float(steps) if isinstance(steps, int | float) and steps else None
            )
        return Timeline(first_time=self._first_time() if axis is XAxis.TIME else None)

    def _first_time(self) -> float | None:
        """When the time axis has its 0, found from a sample whose time and place are both known."""
        for name in self._curves.names():
            sample = self._curves.last_of_lowest(name)
            buckets = self._curves.series(name, sample.rank, XAxis.TIME, 1) if sample else []
            if sample is not None and buckets:
                return sample.time - buckets[-1].x
        return None


def _empty_text(panel: Panel, final: bool) -> str:
    if final:
        return t("monitor.nothing_recorded")
    return t("monitor.waiting_evaluation" if panel.key in ("top1", "top5") else "monitor.waiting")
