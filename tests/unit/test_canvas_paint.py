"""Whole charts as text: what an operator can read off them."""

from __future__ import annotations

import math

import pytest
from rich.cells import cell_len
from rich.style import Style

from console.metrics.samples import Bucket
from console.tui.widgets.chart.contents import ChartData, Curve, Mark, Points, Target, XKind
from console.tui.widgets.chart.geometry import ChartView, plan_geometry
from console.tui.widgets.chart.overlay import Inks
from console.tui.widgets.chart.paint import paint_chart
from console.tui.widgets.series_colour import name_colours, rank_colour

INK = Style(color="white", bgcolor="black")
INKS = Inks(INK, INK, INK, INK, INK, INK, INK, INK, (INK,) * 8, (INK,) * 8)


def line(values: list[float], first: float = 0) -> Points:
    return Points.of([Bucket(first + i, v, v, v, v, int(math.isnan(v))) for i, v in enumerate(values)])


def paint(data: ChartData, view: ChartView | None = None, width: int = 60, height: int = 12) -> list[str]:
    view = view or ChartView()
    geometry = plan_geometry(data, view, width, height, None)
    return [strip.text for strip in paint_chart(data, view, geometry, INKS)]


def loss(**changes: object) -> ChartData:
    fields: dict[str, object] = {
        "title": "loss",
        "curves": (Curve("0", "0", 0, line([5, 4, 3, 2, 1])),),
        "x_range": (0.0, 4.0),
        "x_label": "step",
    }
    return ChartData(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(16, 3), (40, 7), (60, 12), (100, 26), (200, 40)])
@pytest.mark.parametrize(
    "title", ["loss", "学习率（全局）", "a title much longer than the frame is wide " * 5]
)
def test_every_line_fills_the_width_exactly(title: str, size: tuple[int, int]) -> None:
    lines = paint(loss(title=title, x_label="步"), width=size[0], height=size[1])
    assert len(lines) == size[1]
    assert {cell_len(text) for text in lines} == {size[0]}


def test_title_axis_and_newest_value_are_there() -> None:
    lines = paint(loss())
    assert lines[0].startswith("╭ loss ") and lines[0].endswith(" 1.000 ╮")
    assert " 0 " in lines[-1] and " 3 " in lines[-1] and lines[-1].endswith("step ─╯")


def test_the_cursor_shows_where_it_is_and_the_values_there() -> None:
    top = paint(loss(), ChartView(cursor=2.2))[0]
    assert "@ 2 " in top and "3.000" in top


def test_several_curves_are_named_in_the_legend_and_at_their_ends() -> None:
    curves = (Curve("train", "t", 0, line([1, 1, 1])), Curve("eval", "e", 1, line([2, 2, 2])))
    lines = paint(loss(curves=curves, x_range=(0.0, 4.0)))
    assert "train 1.000" in lines[0] and "eval 2.000" in lines[0]
    body = "\n".join(lines[1:-1])
    assert "t" in body and "e" in body


def test_a_legend_too_long_for_the_line_keeps_the_names() -> None:
    curves = tuple(Curve(str(rank), str(rank), rank, line([(rank + 1.5) / 7] * 3)) for rank in range(8))
    top = paint(loss(curves=curves), width=50)[0]
    assert [name for name in top.split() if name in set("01234567")] == list("01234567")


def test_non_finite_values_are_marked_and_do_not_spoil_the_axis() -> None:
    values = [3.0, 2.0, math.nan, 2.0, 1.0]
    lines = paint(loss(curves=(Curve("0", "0", 0, line(values)),)))
    assert "×" in lines[-2]
    assert any("3" in text[:6] for text in lines)


def test_an_empty_chart_says_so_in_cells_not_characters() -> None:
    lines = paint(loss(curves=(), empty_text="等待第一步……"), width=40)
    assert any("等待第一步" in text for text in lines)
    assert {cell_len(text) for text in lines} == {40}


def test_marks_stand_on_the_axis_and_a_restart_goes_through_the_plot() -> None:
    lines = paint(loss(marks=(Mark(1.0, "◆"), Mark(3.0, "↻", line=True))))
    assert "◆" in lines[-1] and "↻" in lines[-1]
    assert sum("┊" in text for text in lines[1:-1]) > 3


def test_a_near_target_is_a_line_and_a_far_one_is_named_at_the_edge() -> None:
    near = "\n".join(paint(loss(target=Target(6.0, "published 6"))))
    assert "╌" in near and "published 6" in near
    far = paint(loss(target=Target(600.0, "published 600")))
    assert "▲ published 600" in far[1] and "╌" not in "\n".join(far)


def test_a_logarithmic_axis_is_named_and_survives_zero_and_negative_values() -> None:
    curves = (Curve("0", "0", 0, line([100, 10, 0, -1, 1])),)
    lines = paint(loss(curves=curves), ChartView(log_y=True))
    assert "loss · log" in lines[0]
    assert any(text.startswith("│ 100┤") for text in lines)


def test_a_logarithmic_x_axis_starts_at_the_first_positive_step() -> None:
    lines = paint(
        loss(curves=(Curve("0", "0", 0, line([5] * 2000)),), x_range=(0.0, 2000.0)), ChartView(log_x=True)
    )
    assert " 100 " in lines[-1] and " 10 " in lines[-1]


def test_time_on_the_axis_is_written_as_time() -> None:
    lines = paint(loss(x_range=(0.0, 7200.0), x_kind=XKind.TIME))
    assert " 1h " in lines[-1]


def test_a_zoomed_window_fits_the_y_axis_to_what_is_seen() -> None:
    curves = (Curve("0", "0", 0, line([1000.0] + [1 + i / 100 for i in range(50)])),)
    whole = plan_geometry(loss(curves=curves, x_range=(0.0, 50.0)), ChartView(), 60, 12, None)
    part = plan_geometry(
        loss(curves=curves, x_range=(0.0, 50.0)), ChartView(window=(10.0, 50.0)), 60, 12, None
    )
    assert whole.y.high >= 1000 and part.y.high < 2


def test_the_y_axis_stays_put_while_the_data_still_fit() -> None:
    first = plan_geometry(loss(), ChartView(), 60, 12, None)
    calmer = loss(curves=(Curve("0", "0", 0, line([4.7, 4, 3, 2, 1])),))
    assert plan_geometry(calmer, ChartView(), 60, 12, first).y == first.y
    lower = loss(curves=(Curve("0", "0", 0, line([1.0, 0.5, 0.4])),))
    assert plan_geometry(lower, ChartView(), 60, 12, first).y.high < first.y.high


def test_colours_are_stable_and_do_not_meet_on_one_chart() -> None:
    names = ["train", "eval", "top1", "top5", "loss", "total_loss"]
    slots = name_colours(names)
    assert slots == name_colours(reversed(names))
    assert len(set(slots.values())) == len(names)
    assert rank_colour(3) == rank_colour(11)
