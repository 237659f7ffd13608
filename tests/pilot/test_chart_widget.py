"""The chart widget: keys and mouse move through the data, and only what changed is painted."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.strip import Strip

from console.metrics.samples import Bucket
from console.tui.theme import DARK, LIGHT, THEMES
from console.tui.widgets.chart.contents import ChartData, Curve, Points
from console.tui.widgets.chart.geometry import ChartView
from console.tui.widgets.chart.widget import Chart
from console.tui.widgets.painted import changed_regions
from tests.pilot.driving import until

STEPS = 1000


def falling(newest: int = STEPS) -> ChartData:
    buckets = [Bucket(step, *(math.exp(-step / 300),) * 4, 0) for step in range(0, newest + 1, 10)]
    return ChartData("loss", (Curve("0", "0", 0, Points.of(buckets)),), (0.0, float(STEPS)), x_label="step")


class ChartApp(App[None]):
    """Two charts, of which the first has the focus, and what they told."""

    CSS = "Chart { height: 12; width: 60; }"

    def __init__(self) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK.name
        self.cursors: list[float | None] = []
        self.windows: list[tuple[float, float] | None] = []

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Chart("first")
            yield Chart("second")

    def on_mount(self) -> None:
        for chart in self.query(Chart):
            chart.show(falling())
        self.query_one("#first", Chart).focus()

    def on_chart_cursor_moved(self, event: Chart.CursorMoved) -> None:
        self.cursors.append(event.x)
        for chart in self.query(Chart):
            chart.set_view(ChartView(cursor=event.x))

    def on_chart_window_changed(self, event: Chart.WindowChanged) -> None:
        self.windows.append(event.window)
        for chart in self.query(Chart):
            chart.set_view(ChartView(window=event.window))

    @property
    def first(self) -> Chart:
        return self.query_one("#first", Chart)


def picture(chart: Chart) -> list[str]:
    return [chart.render_line(y).text for y in range(chart.size.height)]


@pytest.fixture
def app() -> Iterator[ChartApp]:
    yield ChartApp()


async def test_the_cursor_starts_at_the_newest_point_and_all_charts_show_it(app: ChartApp) -> None:
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.pause()
        app.first.move_cursor(0)
        await until(pilot, lambda: app.cursors, "the cursor")
        assert app.cursors[-1] == pytest.approx(STEPS, abs=12)
        app.first.move_cursor(-10)
        await until(pilot, lambda: len(app.cursors) == 2, "the cursor")
        assert app.cursors[-1] is not None and app.cursors[-1] < app.cursors[0]  # type: ignore[operator]
        await until(pilot, lambda: "@ " in picture(app.query_one("#second", Chart))[0], "the other chart")


async def test_zoom_keeps_the_cursor_in_place_and_pan_stops_at_the_ends(app: ChartApp) -> None:
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.pause()
        app.first.zoom(4, around=500)
        await until(pilot, lambda: app.windows, "the window")
        assert app.windows[-1] == pytest.approx((375, 625))
        app.first.pan(10)
        await until(pilot, lambda: len(app.windows) == 2, "the window")
        assert app.windows[-1] == pytest.approx((750, 1000))
        app.first.zoom(0.01)
        await until(pilot, lambda: len(app.windows) == 3, "the window")
        assert app.windows[-1] is None


async def test_the_wheel_zooms_at_the_pointer_a_drag_pans_and_a_double_click_shows_all(app: ChartApp) -> None:
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.pause()
        app.first.post_message(wheel(events.MouseScrollUp, app.first, 30))
        await until(pilot, lambda: app.windows, "the window")
        low, high = app.windows[-1] or (0.0, 0.0)
        assert 0 < low < 500 < high < STEPS
        await pilot.mouse_down(app.first, offset=(30, 5))
        await pilot.hover(app.first, offset=(20, 5))
        await pilot.mouse_up(app.first, offset=(20, 5))
        await until(pilot, lambda: len(app.windows) >= 2, "the window")
        assert (app.windows[-1] or (0.0, 0.0))[0] > low
        await pilot.click(app.first, offset=(30, 5), times=2)
        await until(pilot, lambda: app.windows[-1] is None, "the whole axis")


def wheel(kind: type[events.MouseScrollUp], chart: Chart, x: int) -> events.MouseScrollUp:
    return kind(chart, x, 5, 0, -1, 0, shift=False, meta=False, ctrl=False)


async def test_a_click_puts_the_cursor_where_it_is(app: ChartApp) -> None:
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.pause()
        await pilot.click(app.first, offset=(32, 5))
        await until(pilot, lambda: app.cursors, "the cursor")
        assert app.cursors[-1] == pytest.approx(STEPS / 2, abs=40)


async def test_a_new_point_repaints_lines_of_the_chart_and_no_more(app: ChartApp) -> None:
    async with app.run_test(size=(60, 30)) as pilot:
        chart = app.first
        chart.show(falling(500))
        await pilot.pause()
        painted: list[Region] = []
        whole: list[bool] = []
        refresh = chart.refresh

        def note(*regions: Region, **how: bool) -> Chart:
            painted.extend(regions)
            whole.append(not regions)
            return refresh(*regions, **how)

        chart.refresh = note  # type: ignore[method-assign]
        chart.show(falling(500))
        await pilot.pause()
        assert not painted and not whole
        chart.show(falling(510))
        await pilot.pause()
        assert painted and not any(whole)
        assert len({region.y for region in painted}) <= 3


async def test_a_chart_that_is_not_shown_is_not_painted(app: ChartApp) -> None:
    async with app.run_test(size=(60, 30)) as pilot:
        chart = app.query_one("#second", Chart)
        chart.display = False
        await pilot.pause()
        paints: list[int] = []
        paint = chart.paint

        def count(width: int, height: int) -> list[Strip]:
            paints.append(height)
            return paint(width, height)

        chart.paint = count  # type: ignore[method-assign]
        for newest in range(100, 400, 100):
            chart.show(falling(newest))
            await pilot.pause()
        assert not paints
        chart.display = True
        await until(pilot, lambda: paints, "the chart")
        assert "0.3" in picture(chart)[0]


async def test_another_theme_has_other_colours(app: ChartApp) -> None:
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.pause()
        before = app.first.render_line(3)
        app.theme = LIGHT.name
        await until(pilot, lambda: app.first.render_line(3) != before, "the light theme")
        assert app.first.render_line(3).text == before.text


async def test_a_chart_survives_any_size(app: ChartApp) -> None:
    async with app.run_test(size=(60, 30)) as pilot:
        for width, height in ((4, 3), (16, 3), (17, 4), (200, 60), (1, 1)):
            await pilot.resize_terminal(max(width, 10), max(height, 5))
            app.first.styles.width, app.first.styles.height = width, height
            await pilot.pause()
            picture(app.first)


def test_changed_spans_reach_from_the_first_to_the_last_difference() -> None:
    from rich.segment import Segment

    def strip(*texts: str) -> Strip:
        return Strip([Segment(text) for text in texts])

    before = [strip("aa", "bb", "cc"), strip("xx")]
    assert changed_regions(before, [strip("aa", "bb", "cc"), strip("xx")], 6) == []
    assert changed_regions(before, [strip("aa", "BB", "cc"), strip("xx")], 6) == [Region(2, 0, 2, 1)]
    assert changed_regions(before, [strip("aa", "bb", "cc"), strip("xx"), strip("new")], 6)[0].y == 2
