"""Axes: from values to dots and back, nice ticks, and how numbers are written beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

LOG_FLOOR = 1e-12
"""The smallest value a logarithmic axis can show; what is not positive has no place on it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A mapping of values ``low`` … ``high`` onto dots ``0`` … ``size - 1``, linear or logarithmic."""

    low: float
    high: float
    size: int
    logarithmic: bool = False

    @property
    def factor(self) -> tuple[float, float]:
        """``(gain, offset)`` with ``dot = gain * warped(value) + offset``, for loops over many values."""
        low, high = warp(self.low, self.logarithmic), warp(self.high, self.logarithmic)
        gain = (self.size - 1) / (high - low) if high > low else 0.0
        return gain, -low * gain

    def dot(self, value: float) -> int:
        """The nearest dot, which lies outside ``0`` … ``size - 1`` when the value lies outside the axis."""
        gain, offset = self.factor
        return math.floor(gain * warp(value, self.logarithmic) + offset + 0.5)

    def value(self, dot: float) -> float:
        """The value in the middle of a dot."""
        low, high = warp(self.low, self.logarithmic), warp(self.high, self.logarithmic)
        position = low + (high - low) * dot / max(self.size - 1, 1)
        return 10.0**position if self.logarithmic else position


def warp(value: float, logarithmic: bool) -> float:
    """The value itself, or its decimal logarithm bounded below by :data:`LOG_FLOOR`."""
    if not logarithmic:
        return value
    return math.log10(value) if value > LOG_FLOOR else math.log10(LOG_FLOOR)


def nice_step(span: float, count: int) -> float:
    """The step of 1, 2 or 5 times a power of ten that gives at most ``count`` intervals over ``span``."""
    rough = span / max(count, 1)
    if not (rough > 0 and math.isfinite(rough)):
        return 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1.0, 2.0, 5.0, 10.0) if power * factor >= rough * (1 - 1e-9))


def linear_ticks(low: float, high: float, count: int) -> list[float]:
    """Multiples of a nice step from ``low`` to ``high``, at most ``count + 1`` of them."""
    step = nice_step(high - low, count)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def log_ticks(low: float, high: float, count: int) -> list[float]:
    """Powers of ten with their 2 and 5, or their 3, or alone, or thinned: the densest that fits ``count``."""
    low, high = max(low, LOG_FLOOR), max(high, LOG_FLOOR)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    stride = max(1, math.ceil((last - first) / max(count, 1)))
    for factors, step in (((1.0, 2.0, 5.0), 1), ((1.0, 3.0), 1), ((1.0,), stride)):
        ticks = [factor * 10.0**power for power in range(first, last + 1, step) for factor in factors]
        inside = [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
        if 2 <= len(inside) <= count + 1:
            return inside
    return linear_ticks(low, high, count)


_DURATION_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


def duration_ticks(low: float, high: float, count: int) -> list[float]:
    """Ticks on seconds that fall on whole minutes, hours and days."""
    span = high - low
    if span <= count:
        return linear_ticks(low, high, count)
    step = next((step for step in _DURATION_STEPS if span / step <= count), None)
    if step is None:
        step = int(86400 * nice_step(span / 86400, count))
    return [float(index * step) for index in range(math.ceil(low / step), math.floor(high / step) + 1)]


def fitted_range(low: float, high: float, logarithmic: bool, count: int = 4) -> tuple[float, float]:
    """The axis for data from ``low`` to ``high``: rounded out to half a tick, so that it moves seldom.

    A constant gets room on both sides; data that are nowhere negative get no negative axis.
    """
    if logarithmic:
        low, high = max(low, LOG_FLOOR), max(high, LOG_FLOOR)
        if low == high:
            return low / 2, high * 2
        step = 0.25 if math.log10(high / low) > 1 else 0.05
        return (
            10.0 ** (math.floor(math.log10(low) / step) * step),
            10.0 ** (math.ceil(math.log10(high) / step) * step),
        )
    if low == high:
        room = abs(low) / 2 or 1.0
        return low - room, high + room
    half = nice_step(high - low, count) / 2
    bottom, top = math.floor(low / half) * half, math.ceil(high / half) * half
    return (max(bottom, 0.0) if low >= 0 else bottom), top


class ValueFormat(str, Enum):
    """The notation of a chart's values."""

    NUMBER = "number"
    PERCENT = "percent"
    SECONDS = "seconds"
    COUNT = "count"


def format_value(value: float, style: ValueFormat = ValueFormat.NUMBER) -> str:
    """A value as an operator reads it: four significant digits, a unit where one belongs to it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    if style is ValueFormat.PERCENT:
        return f"{100 * value:.1f} %" if abs(value) < 0.9995 else f"{100 * value:.0f} %"
    if style is ValueFormat.COUNT:
        return group_digits(value)
    if style is ValueFormat.SECONDS:
        return _format_seconds(value)
    return _format_number(value)


def group_digits(value: float) -> str:
    """A count with thin gaps between thousands: ``218 750``."""
    return f"{value:,.0f}".replace(",", " ")


def _format_seconds(value: float) -> str:
    if abs(value) < 0.001:
        return f"{value * 1e6:.0f} µs"
    if abs(value) < 1:
        return f"{value * 1e3:.3g} ms"
    return f"{value:.3g} s" if value < 1000 else f"{group_digits(value)} s"


def _format_number(value: float) -> str:
    size = abs(value)
    if size == 0:
        return "0"
    if size >= 1e7 or size < 1e-3:
        return _exponential(value)
    if size >= 1000:
        return f"{value:.0f}"
    return f"{value:.{min(4, 3 - math.floor(math.log10(size)))}f}"


def _exponential(value: float) -> str:
    mantissa, _, exponent = f"{value:.2e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def tick_labels(ticks: Sequence[float], style: ValueFormat = ValueFormat.NUMBER) -> list[str]:
    """Labels of one axis, all with the same number of decimals, large ones in thousands or millions."""
    if not ticks:
        return []
    factor, suffix = 1.0, ""
    largest = max(abs(tick) for tick in ticks)
    if style is ValueFormat.PERCENT:
        factor, suffix = 100.0, "%"
    elif style is ValueFormat.SECONDS and largest < 1:
        factor, suffix = (1e3, "ms") if largest >= 1e-3 else (1e6, "µs")
    elif largest >= 1e6:
        factor, suffix = 1e-6, "M"
    elif largest >= 1e4:
        factor, suffix = 1e-3, "k"
    elif 0 < largest < 1e-3:
        return ["0" if tick == 0 else _exponential(tick) for tick in ticks]
    decimals = min(_decimals([tick * factor for tick in ticks]), 6)
    return [f"{tick * factor:.{decimals}f}{suffix}" if tick else "0" for tick in ticks]


def _decimals(values: Sequence[float]) -> int:
    """The fewest decimals that write every value without changing it, six at most."""
    for decimals in range(6):
        if all(abs(round(value, decimals) - value) <= 1e-9 * max(1.0, abs(value)) for value in values):
            return decimals
    return 6


def duration_labels(ticks: Sequence[float]) -> list[str]:
    """Labels for ticks in seconds: ``90 s`` is ``1:30``, hours are ``2h``, days ``3d``."""
    return [format_duration_tick(tick) for tick in ticks]


def format_duration_tick(seconds: float) -> str:
    """A short duration for an axis: ``15s``, ``1:30``, ``2h``, ``2h30``, ``3d``."""
    if 0 < seconds < 60:
        return f"{seconds:g}s"
    whole = round(seconds)
    days, rest = divmod(whole, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    if days:
        return f"{days}d" if not hours else f"{days}d{hours}h"
    if hours:
        return f"{hours}h" if not minutes else f"{hours}h{minutes:02d}"
    if whole == 0:
        return "0"
    return f"{minutes}min" if not left else f"{minutes}:{left:02d}"
