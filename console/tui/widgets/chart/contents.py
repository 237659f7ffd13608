"""The data of a chart: plain immutable data, without a word about dots or colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from console.metrics.samples import Bucket
from console.tui.widgets.chart.scale import ValueFormat


class LineStyle(Enum):
    """The stroke of a curve, as dots on and dots off; the code that is left when colours are not."""

    SOLID = (1, 0)
    DASHED = (6, 3)


class Points(NamedTuple):
    """Buckets in ascending ``x``, by field instead of by point, which makes loops over thousands cheap."""

    x: tuple[float, ...] = ()
    minimum: tuple[float, ...] = ()
    maximum: tuple[float, ...] = ()
    last: tuple[float, ...] = ()
    smooth: tuple[float, ...] = ()
    nonfinite: tuple[int, ...] = ()

    @classmethod
    def of(cls, buckets: Sequence[Bucket]) -> Points:
        """Turn a store's answer round."""
        return cls._make(zip(*buckets, strict=True)) if buckets else cls()

    def part(self, start: int, end: int) -> Points:
        """The points from index ``start`` up to ``end``."""
        return Points._make(values[start:end] for values in self)


@dataclass(frozen=True, slots=True)
class Curve:
    """One series of a chart.

    ``label`` names it in the legend, ``tag`` (one or two cells) at its right end. ``colour`` is a slot of the
    theme's series colours. A ``band`` is drawn as the area between the extremes, without a line.
    """

    label: str
    tag: str
    colour: int
    points: Points
    style: LineStyle = LineStyle.SOLID
    band: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """An event on the x axis. A ``line`` goes through the whole height (for a restart, not a checkpoint)."""

    x: float
    glyph: str
    line: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A value to compare with, drawn as a level line: a published figure, say."""

    value: float
    label: str


class XKind(str, Enum):
    """The quantity the x axis counts; decides how its ticks are chosen and written."""

    STEP = "step"
    EPOCH = "epoch"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class ChartData:
    """One picture.

    ``x_range`` is the whole axis, wider than the data when room for growth is wanted. ``note`` stands beside
    the name of the axis where there is room. ``raw_behind`` shows the raw values behind ``smoothed`` curves.
    """

    title: str
    curves: tuple[Curve, ...] = ()
    x_range: tuple[float, float] = (0.0, 1.0)
    x_kind: XKind = XKind.STEP
    x_label: str = ""
    note: str = ""
    values: ValueFormat = ValueFormat.NUMBER
    smoothed: bool = False
    raw_behind: bool = True
    marks: tuple[Mark, ...] = ()
    target: Target | None = None
    empty_text: str = ""
