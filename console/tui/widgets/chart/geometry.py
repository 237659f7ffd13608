"""The geometry of a chart: its scales, the labels of its y axis, and the cells of its plot."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from console.tui.cells import cell_len
from console.tui.widgets.chart.contents import ChartData
from console.tui.widgets.chart.raster import DOTS_HIGH, DOTS_WIDE
from console.tui.widgets.chart.scale import (
    LOG_FLOOR,
    Scale,
    fitted_range,
    linear_ticks,
    log_ticks,
    tick_labels,
)

NEAREST_TARGET = 1.6
"""A target up to this many times the highest value widens the axis; one further off is named at the edge."""
LOOSEST_RANGE = 1.5
"""A y range kept from the last picture may be this many times as wide as the data need."""


@dataclass(frozen=True, slots=True)
class ChartView:
    """The view of the data: cursor position and shown part of the x axis, and the kinds of the axes."""

    cursor: float | None = None
    window: tuple[float, float] | None = None
    log_y: bool = False
    log_x: bool = False


@dataclass(frozen=True, slots=True)
class Geometry:
    """The places of the parts: the plot's first column within the widget, its size in cells, and its scales in dots.

    ``labels`` are the y axis labels by plot row, right-aligned to ``gutter`` cells.
    """

    width: int
    left: int
    columns: int
    rows: int
    gutter: int
    x: Scale
    y: Scale
    labels: dict[int, str]

    def column(self, x: float) -> int:
        """The cell column of an axis value; outside the plot when it is not shown."""
        return self.x.dot(x) // DOTS_WIDE

    def x_at(self, column: int) -> float:
        """The axis value in the middle of a cell column."""
        return self.x.value(column * DOTS_WIDE + 0.5)


def plan_geometry(
    data: ChartData, view: ChartView, width: int, height: int, before: Geometry | None
) -> Geometry:
    """Lay the chart out. The y range of the picture ``before`` is kept while it still fits the data well."""
    rows = max(height - 2, 1)
    low, high = view.window or data.x_range
    extremes = visible_extremes(data, low, high, view.log_y)
    y_low, y_high = _settled_range(extremes, view.log_y, before)
    y = Scale(y_low, y_high, rows * DOTS_HIGH, view.log_y)
    count = rows // 3 + 1
    ticks = log_ticks(y_low, y_high, count) if view.log_y else linear_ticks(y_low, y_high, count)
    labels = {
        rows - 1 - y.dot(tick) // DOTS_HIGH: label
        for tick, label in zip(ticks, tick_labels(ticks, data.values), strict=True)
        if extremes is not None
    }
    gutter = max((cell_len(label) for label in labels.values()), default=0)
    left = gutter + 3
    columns = max(width - left - 2, 1)
    if view.log_x:
        low = max(low, _least_positive_x(data))
    x = Scale(low, max(high, low), columns * DOTS_WIDE, view.log_x)
    return Geometry(width, left, columns, rows, gutter, x, y, labels)


def visible_extremes(data: ChartData, left: float, right: float, log_y: bool) -> tuple[float, float] | None:
    """Lowest and highest finite value between ``left`` and ``right``, a near target included."""
    lows: list[float] = []
    highs: list[float] = []
    for curve in data.curves:
        start, end = bisect_left(curve.points.x, left), bisect_right(curve.points.x, right)
        points = curve.points
        smooth_only = data.smoothed and not data.raw_behind and not curve.band
        minima = (points.smooth if smooth_only else points.minimum)[start:end]
        maxima = minima if smooth_only else points.maximum[start:end]
        if log_y or any(points.nonfinite[start:end]):
            floor = LOG_FLOOR if log_y else -math.inf
            minima = tuple(value for value in minima if value > floor)
            maxima = tuple(value for value in maxima if value > floor)
        lows += [min(minima)] if minima else []
        highs += [max(maxima)] if maxima else []
    if not lows or not highs:
        return None
    low, high = min(lows), max(highs)
    if data.target is not None and high < data.target.value <= NEAREST_TARGET * high:
        high = data.target.value
    return low, high


def _settled_range(
    extremes: tuple[float, float] | None, log_y: bool, before: Geometry | None
) -> tuple[float, float]:
    if extremes is None:
        return (0.1, 1.0) if log_y else (0.0, 1.0)
    low, high = extremes
    fitted = fitted_range(low, high, log_y)
    if before is not None and before.y.logarithmic == log_y and not log_y:
        kept = before.y
        wide = kept.high - kept.low > LOOSEST_RANGE * (fitted[1] - fitted[0])
        if kept.low <= low and high <= kept.high and not wide:
            return kept.low, kept.high
    return fitted


def _least_positive_x(data: ChartData) -> float:
    return min((x for curve in data.curves for x in curve.points.x if x > 0), default=1.0)
