"""The panels: which charts there are, and which metrics are on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.i18n import t
from console.metrics.canonical import CANONICAL, COUNTERS, EVALUATION_PREFIX, Quantity
from console.tui.widgets.chart.scale import ValueFormat

UNSMOOTHED = frozenset({"lr"})
"""Metrics that are set, not measured: an average would only lag behind them."""

FIRST_PANELS = ("loss", "throughput", "lr", "top1")
_FORMATS = {
    Quantity.FRACTION: ValueFormat.PERCENT,
    Quantity.SECONDS: ValueFormat.SECONDS,
}


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart: the metric it is about, which is also its key, and the metrics drawn in it."""

    key: str
    names: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The heading: a word for canonical metrics, the printed name for others."""
        return t(f"monitor.panel_{self.key}") if self.key in CANONICAL else self.key

    @property
    def values(self) -> ValueFormat:
        """The notation of its values."""
        return _FORMATS.get(CANONICAL.get(self.key, Quantity.NUMBER), ValueFormat.NUMBER)


def panels_of(names: Sequence[str]) -> tuple[Panel, ...]:
    """Loss, throughput, learning rate and accuracy, present or not; then one for every other metric.

    A metric and its evaluation share a panel.
    """
    present = [name for name in names if name not in COUNTERS]
    keys = list(FIRST_PANELS)
    if "total_loss" in present and not {"loss", EVALUATION_PREFIX + "loss"} & set(present):
        keys[0] = "total_loss"
    for name in present:
        key = name.removeprefix(EVALUATION_PREFIX)
        if key not in keys:
            keys.append(key)
    return tuple(
        Panel(key, tuple(name for name in (key, EVALUATION_PREFIX + key) if name in present)) for key in keys
    )


def page_of(panels: Sequence[Panel], page: int, size: int) -> tuple[Panel, ...]:
    """The panels of one page; the last page is filled up with the ones before it."""
    start = max(min(page * size, len(panels) - size), 0)
    return tuple(panels[start : start + size])


def page_count(panels: Sequence[Panel], size: int) -> int:
    """The number of pages it takes."""
    return max(-(-len(panels) // max(size, 1)), 1)
