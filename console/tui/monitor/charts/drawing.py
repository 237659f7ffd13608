"""From a run's curves and events to the data of its charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from console.i18n import t
from console.metrics.canonical import EVALUATION_PREFIX
from console.metrics.events import EventKind
from console.metrics.samples import Bucket, Event
from console.metrics.store import XAxis
from console.tui.monitor.charts.panels import UNSMOOTHED, Panel
from console.tui.monitor.snapshot import Published, View
from console.tui.widgets.chart.contents import ChartData, Curve, LineStyle, Mark, Points, Target, XKind
from console.tui.widgets.chart.scale import format_value
from console.tui.widgets.series_colour import name_colours, rank_colour

MOST_CURVES = 8
"""Beyond this many ranks a chart shows the band over all of them instead of a curve for each."""

MOST_RAW = 3
"""With more curves than this the raw values behind the smooth ones would hide each other."""

BAND_COLOUR = 7
HEADROOM = 1 / 16
"""Share of the x axis kept free beyond the newest point, so that the picture does not shift at every step."""

SHORTEST_AXIS = {XAxis.STEP: 10.0, XAxis.EPOCH: 0.1, XAxis.TIME: 10.0}
CHECKPOINT_GLYPH, RESTART_GLYPH, OVERFLOW_GLYPH = "◆", "↻", "!"
_GLYPHS: Mapping[str, str] = {
    EventKind.CHECKPOINT: CHECKPOINT_GLYPH,
    EventKind.RESTART: RESTART_GLYPH,
    EventKind.OVERFLOW: OVERFLOW_GLYPH,
}


class CurveReader(Protocol):
    """The part that is needed of :class:`console.runs.curves.run_curves.RunCurves`."""

    def ranks(self, name: str) -> list[int]:
        """The ranks that have a sample of ``name``."""

    def series(
        self,
        name: str,
        rank: int | None,
        x_axis: XAxis,
        width: int,
        *,
        x_range: tuple[float, float] | None = None,
        smoothing: float = 0.0,
    ) -> list[Bucket]:
        """A metric drawn into ``width`` columns."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The scales to put an event on an axis that does not count steps."""

    first_time: float | None = None
    steps_per_epoch: float | None = None

    def position(self, event: Event, axis: XAxis) -> float | None:
        """The place of an event on an axis, ``None`` when that is not known."""
        if axis is XAxis.TIME:
            return None if self.first_time is None else event.time - self.first_time
        if event.step < 0:
            return None
        if axis is XAxis.STEP:
            return float(event.step)
        return event.step / self.steps_per_epoch if self.steps_per_epoch else None


def axis_end(newest: float, before: float, axis: XAxis, final: bool) -> float:
    """The end of an axis that begins at 0. It stays where it was ``before`` while the data fit well."""
    needed = max(newest, SHORTEST_AXIS[axis])
    if final:
        return needed * (1 + HEADROOM / 2)
    if needed <= before <= needed * (1 + 2 * HEADROOM):
        return before
    return needed * (1 + HEADROOM)


def marks_of(
    events: Sequence[Event], axis: XAxis, timeline: Timeline, resume_step: int | None = None
) -> tuple[Mark, ...]:
    """Checkpoints, overflows and restarts on the x axis, once each however many ranks tell of them.

    The step a run was resumed at counts as a restart.
    """
    marks: dict[tuple[str, float], Mark] = {}
    if resume_step is not None and axis is XAxis.STEP:
        marks[RESTART_GLYPH, resume_step] = Mark(resume_step, RESTART_GLYPH, line=True)
    for event in events:
        glyph = _GLYPHS.get(event.kind)
        x = timeline.position(event, axis) if glyph else None
        if glyph and x is not None:
            marks[glyph, x] = Mark(x, glyph, line=event.kind == EventKind.RESTART)
    return tuple(marks.values())


def chart_of(
    panel: Panel,
    curves: CurveReader,
    view: View,
    end: float,
    marks: tuple[Mark, ...],
    published: Published,
    note: str,
    empty_text: str,
) -> ChartData:
    """The data of one chart, drawn over ``0 … end`` or the part of it that the view asks for."""
    curves_drawn = tuple(curve for curve in _Drawing(curves, view, end).of(panel) if curve.points.x)
    target = {"throughput": published.throughput, "top1": published.top1}.get(panel.key)
    return ChartData(
        title=panel.title,
        curves=curves_drawn,
        x_range=(0.0, end),
        x_kind=XKind(view.x_axis.value),
        x_label=t(f"monitor.axis_{view.x_axis.value}"),
        values=panel.values,
        note=note,
        smoothed=view.smoothing > 0 and panel.key not in UNSMOOTHED,
        raw_behind=sum(not curve.band for curve in curves_drawn) <= MOST_RAW,
        marks=marks,
        target=None
        if target is None
        else Target(target, t("monitor.published", value=format_value(target, panel.values))),
        empty_text=empty_text,
    )


class _Drawing:
    """The series of one view."""

    def __init__(self, curves: CurveReader, view: View, end: float) -> None:
        self._curves = curves
        self._view = view
        self._range = view.window or (0.0, end)

    def of(self, panel: Panel) -> list[Curve]:
        """The curves of a panel, the ones to lie on top last."""
        weight = 0.0 if panel.key in UNSMOOTHED else self._view.smoothing
        training = [name for name in panel.names if not name.startswith(EVALUATION_PREFIX)]
        evaluation = [name for name in panel.names if name.startswith(EVALUATION_PREFIX)]
        words = name_colours(("train", "eval"))
        drawn: list[Curve] = []
        for name in training:
            ranks = self._curves.ranks(name)
            if len(ranks) == 1 and evaluation:
                points = self._points(name, ranks[0], weight)
                drawn.append(Curve(t("monitor.curve_train"), "t", words["train"], points))
            else:
                drawn += self._by_rank(name, ranks, weight)
        for name in evaluation:
            points = self._points(name, min(self._curves.ranks(name), default=0), 0.0)
            label = t("monitor.curve_eval") if training else ""
            drawn.append(Curve(label, "e", words["eval"], points, LineStyle.DASHED))
        return drawn

    def _by_rank(self, name: str, ranks: Sequence[int], weight: float) -> list[Curve]:
        chosen = self._view.rank
        if chosen is not None and chosen in ranks and len(ranks) > 1:
            return [self._band(name), self._one(name, chosen, weight)]
        if len(ranks) <= MOST_CURVES:
            return [self._one(name, rank, weight) for rank in ranks]
        mean = Curve(t("monitor.curve_mean"), "µ", 0, self._points(name, None, weight))
        return [self._band(name), mean]

    def _one(self, name: str, rank: int, weight: float) -> Curve:
        return Curve(str(rank), str(rank), rank_colour(rank), self._points(name, rank, weight))

    def _band(self, name: str) -> Curve:
        points = self._points(name, None, 0.0)
        return Curve(t("monitor.curve_band"), "", BAND_COLOUR, points, band=True)

    def _points(self, name: str, rank: int | None, weight: float) -> Points:
        view = self._view
        return Points.of(
            self._curves.series(name, rank, view.x_axis, view.dots, x_range=self._range, smoothing=weight)
        )
