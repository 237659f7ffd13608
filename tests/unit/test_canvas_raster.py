"""Curves to dots: nothing lost, nothing joined that is apart."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from console.metrics.samples import Bucket
from console.tui.widgets.chart.contents import Curve, LineStyle, Points
from console.tui.widgets.chart.raster import Layer, Raster, rasterize
from console.tui.widgets.chart.scale import Scale

COLUMNS, ROWS = 20, 5
WIDTH, HEIGHT = COLUMNS * 2, ROWS * 4
BITS = {
    0x01: (0, 3),
    0x02: (0, 2),
    0x04: (0, 1),
    0x40: (0, 0),
    0x08: (1, 3),
    0x10: (1, 2),
    0x20: (1, 1),
    0x80: (1, 0),
}


def lit(layer: Layer) -> set[tuple[int, int]]:
    """The dots that are set, as (dot column, dot from the bottom)."""
    return {
        (cell % layer.columns * 2 + right, (layer.rows - 1 - cell // layer.columns) * 4 + up)
        for cell, bits in enumerate(layer.dots)
        for bit, (right, up) in BITS.items()
        if bits & bit
    }


def bucket(x: float, value: float, smooth: float | None = None) -> Bucket:
    bad = not math.isfinite(value)
    shown = math.nan if bad else value
    return Bucket(x, shown, shown, shown, value if smooth is None else smooth, int(bad))


def draw(buckets: Sequence[Bucket], *, smoothed: bool = False, **curve: object) -> Raster:
    series = Curve("a", "a", 0, Points.of(buckets), **curve)  # type: ignore[arg-type]
    x, y = Scale(0, WIDTH - 1, WIDTH), Scale(0, HEIGHT - 1, HEIGHT)
    return rasterize([series], x, y, COLUMNS, ROWS, smoothed=smoothed)


LEVELS = st.lists(st.integers(0, HEIGHT - 1), min_size=1, max_size=WIDTH)


@given(LEVELS)
def test_every_value_is_drawn_at_its_place(levels: list[int]) -> None:
    dots = lit(draw([bucket(x, level) for x, level in enumerate(levels)]).front)
    assert {(x, level) for x, level in enumerate(levels)} <= dots


@given(LEVELS, st.integers(1, 6))
def test_a_curve_is_one_connected_line(levels: list[int], stride: int) -> None:
    points = [bucket(x, level) for x, level in zip(range(0, WIDTH, stride), levels, strict=False)]
    dots = lit(draw(points).front)
    columns = sorted({x for x, _ in dots})
    assert columns == list(range(columns[0], columns[-1] + 1))
    for column in columns[1:]:
        here = {up for x, up in dots if x == column}
        before = {up for x, up in dots if x == column - 1}
        assert any(abs(one - other) <= 1 for one in here for other in before)


@given(st.lists(st.floats(0, HEIGHT - 1), min_size=100, max_size=400))
def test_extremes_survive_however_many_points_share_a_column(values: list[float]) -> None:
    points = [bucket(i * (WIDTH - 1) / len(values), value) for i, value in enumerate(values)]
    rows = {up for _, up in lit(draw(points).front)}
    assert math.floor(min(values) + 0.5) in rows
    assert math.floor(max(values) + 0.5) in rows


def test_nothing_joins_the_sides_of_a_gap_and_the_gap_is_named() -> None:
    raster = draw([bucket(0, 5), bucket(1, 5), bucket(10, math.nan), bucket(20, 5), bucket(21, 5)])
    assert {x for x, _ in lit(raster.front)} == {0, 1, 20, 21}
    assert raster.gaps == {5}


def test_a_curve_of_nothing_but_nan_has_no_dots_and_is_marked() -> None:
    raster = draw([bucket(0, math.nan), bucket(4, math.inf)])
    assert not any(raster.front.dots)
    assert raster.gaps == {0, 2}


def test_lines_run_to_the_edge_towards_points_outside() -> None:
    dots = lit(draw([bucket(-20, 10), bucket(20, 10), bucket(60, 10)]).front)
    assert {x for x, _ in dots} == set(range(WIDTH))


def test_values_off_the_axis_leave_no_dots_inside() -> None:
    assert not any(draw([bucket(x, 1e9) for x in range(10)]).front.dots)


def test_the_smooth_curve_lies_in_front_of_the_raw_one() -> None:
    raster = draw([Bucket(x, 2, 18, 10, 10, 0) for x in range(WIDTH)], smoothed=True)
    assert {up for _, up in lit(raster.front)} == {10}
    assert {up for _, up in lit(raster.back)} == set(range(2, 19))


def test_a_dashed_line_has_holes_and_a_band_is_filled() -> None:
    flat = [bucket(x, 10) for x in range(WIDTH)]
    dashed = {x for x, _ in lit(draw(flat, style=LineStyle.DASHED).front)}
    assert 0 < len(dashed) < WIDTH
    band = draw([Bucket(x, 4, 8, 6, 6, 0) for x in range(0, WIDTH, 3)], band=True)
    assert lit(band.back) == {(x, up) for x in range(WIDTH) for up in range(4, 9)}


def test_the_curve_drawn_last_owns_a_shared_cell_and_ends_are_known() -> None:
    x, y = Scale(0, WIDTH - 1, WIDTH), Scale(0, HEIGHT - 1, HEIGHT)
    curves = [Curve(name, name, 0, Points.of([bucket(i, 10) for i in range(10)])) for name in "ab"]
    raster = rasterize(curves, x, y, COLUMNS, ROWS, smoothed=False)
    assert set(raster.front.owners) == {0, 2}
    assert raster.ends == {0: (4, 2), 1: (4, 2)}
