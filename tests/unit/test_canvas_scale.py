"""Axes: nice ticks, labels, ranges that hold their data."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.tui.widgets.chart.scale import (
    Scale,
    ValueFormat,
    duration_labels,
    duration_ticks,
    fitted_range,
    format_value,
    linear_ticks,
    log_ticks,
    tick_labels,
)

SPANS = st.tuples(st.floats(-1e4, 1e4), st.floats(1e-4, 1e6))


@given(SPANS, st.integers(1, 12))
def test_linear_ticks_are_few_equally_spaced_and_of_step_1_2_or_5(
    span: tuple[float, float], count: int
) -> None:
    low, width = span
    ticks = linear_ticks(low, low + width, count)
    assert len(ticks) <= count + 1
    if len(ticks) >= 2:
        step = ticks[1] - ticks[0]
        leading = step / 10 ** math.floor(math.log10(step) + 1e-9)
        assert min(abs(leading - nice) for nice in (1, 2, 5, 10)) < 1e-3
        assert low - step * 1e-6 <= ticks[0] and ticks[-1] <= low + width + step * 1e-6


def test_log_ticks_get_denser_as_the_range_gets_smaller() -> None:
    assert log_ticks(0.01, 100, 4) == pytest.approx([0.01, 0.1, 1, 10, 100])
    assert log_ticks(1, 10, 4) == pytest.approx([1, 2, 5, 10])
    assert len(log_ticks(1e-9, 1e9, 4)) <= 5
    assert log_ticks(2.1, 2.9, 4) == pytest.approx([2.2, 2.4, 2.6, 2.8])


def test_duration_ticks_fall_on_whole_units() -> None:
    assert duration_labels(duration_ticks(0, 3 * 3600, 4)) == ["0", "1h", "2h", "3h"]
    assert duration_labels(duration_ticks(0, 170, 4)) == ["0", "1min", "2min"]
    assert duration_labels(duration_ticks(0, 100, 4)) == ["0", "30s", "1min", "1:30"]
    assert duration_labels(duration_ticks(0, 5 * 86400, 5)) == ["0", "1d", "2d", "3d", "4d", "5d"]


def test_tick_labels_share_their_decimals_and_shorten_large_numbers() -> None:
    assert tick_labels([0.0, 0.05, 0.1]) == ["0", "0.05", "0.10"]
    assert tick_labels([0.0, 5000.0, 10000.0]) == ["0", "5k", "10k"]
    assert tick_labels([0.0, 0.5, 1.0], ValueFormat.PERCENT) == ["0", "50%", "100%"]
    assert tick_labels([0.0, 1e-5]) == ["0", "1e-5"]
    assert tick_labels([0.1, 0.2], ValueFormat.SECONDS) == ["100ms", "200ms"]


@given(SPANS)
def test_a_fitted_range_holds_its_data(span: tuple[float, float]) -> None:
    low, width = span
    bottom, top = fitted_range(low, low + width, logarithmic=False)
    slack = 1e-9 * max(abs(low), width)
    assert bottom <= low + slack and low + width <= top + slack
    assert bottom < top


def test_a_fitted_range_of_losses_does_not_go_below_zero_and_a_constant_gets_room() -> None:
    assert fitted_range(0.01, 6.9, logarithmic=False)[0] == 0.0
    low, high = fitted_range(3.0, 3.0, logarithmic=False)
    assert low < 3.0 < high
    assert fitted_range(0.0, 5.0, logarithmic=True)[0] > 0


@given(st.floats(0.001, 1e6), st.booleans())
def test_dot_and_value_are_inverse(value: float, logarithmic: bool) -> None:
    scale = Scale(0.001, 1e6, 400, logarithmic)
    dot = scale.dot(value)
    assert 0 <= dot < 400
    assert scale.dot(scale.value(dot)) == dot


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [
        (3.7412, ValueFormat.NUMBER, "3.741"),
        (0.14492, ValueFormat.NUMBER, "0.1449"),
        (11487.4, ValueFormat.NUMBER, "11487"),
        (1.2e-5, ValueFormat.NUMBER, "1.2e-5"),
        (0.0, ValueFormat.NUMBER, "0"),
        (-0.5, ValueFormat.NUMBER, "-0.5000"),
        (float("nan"), ValueFormat.NUMBER, "NaN"),
        (float("-inf"), ValueFormat.NUMBER, "-Inf"),
        (0.412, ValueFormat.PERCENT, "41.2 %"),
        (1.0, ValueFormat.PERCENT, "100 %"),
        (0.1784, ValueFormat.SECONDS, "178 ms"),
        (2.5, ValueFormat.SECONDS, "2.5 s"),
        (15625, ValueFormat.COUNT, "15 625"),
    ],
)
def test_values_are_written_as_operators_read_them(value: float, style: ValueFormat, text: str) -> None:
    assert format_value(value, style) == text
