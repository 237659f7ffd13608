"""The monitor driven by keys and mouse: on made runs whose figures are fixed, and on real ones that go on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from console.i18n import Language, set_language
from console.launch.options.choices import Choices
from console.launch.service import make_plan
from console.metrics.samples import Event, Sample
from console.metrics.store import SampleStore, XAxis
from console.runs.control import kill
from console.runs.files import plain, write_json
from console.runs.folder import RunFolder
from console.runs.launcher import start
from console.runs.state import Phase
from console.tui.base_screen import TooSmall
from console.tui.clock import Clock
from console.tui.dialogs.confirm import ConfirmDialog
from console.tui.dialogs.picker import PickerDialog
from console.tui.dialogs.prompt import PromptDialog
from console.tui.monitor.artefacts import ArtefactsDialog
from console.tui.monitor.charts.grid import ChartGrid
from console.tui.monitor.log.pane import LogPane
from console.tui.monitor.screen import MonitorScreen
from console.tui.theme import LIGHT
from console.tui.widgets.log.view import LogView
from console.tui.widgets.rank_table import RankTable
from console.tui.widgets.status_board import StatusBoard
from tests.pilot import run_folders
from tests.pilot.driving import until
from tests.pilot.run_folders import Story, make_run, now_of
from tests.pilot.watching import MonitorApp, Watched, is_settled

SIZE = (120, 40)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language(Language.ENGLISH)
    yield
    set_language(Language.ENGLISH)


@asynccontextmanager
async def watched(folder: RunFolder, now: float, size: tuple[int, int] = SIZE) -> AsyncIterator[Watched]:
    """The console with the run on its screen."""
    app = MonitorApp()
    app.session.clock = Clock(lambda: now)
    async with app.run_test(size=size) as pilot:
        screen = MonitorScreen(app.session, folder)
        await app.push_screen(screen)
        await until(pilot, lambda: is_settled(screen), "the run")
        yield Watched(pilot, screen)


@asynccontextmanager
async def story(runs_dir: Path, told: Story, size: tuple[int, int] = SIZE) -> AsyncIterator[Watched]:
    async with watched(make_run(runs_dir, told), now_of(told), size) as monitor:
        yield monitor


# Looking


async def test_back_leaves_the_run_alone(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.RUNNING) as monitor:
        before = monitor.app.screen_stack[0]
        await monitor.press("q")
        await monitor.until(lambda: monitor.app.screen is before, "the screen before")
        assert monitor.requests == []


async def test_the_cursor_moves_through_all_charts_together_and_escape_takes_it_away(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.RUNNING) as monitor:
        await monitor.press("left", "shift+left")
        await monitor.until(lambda: all("@ " in monitor.chart_text(at) for at in range(4)), "the cursor")
        where = {chart.view.cursor for chart in monitor.charts}
        assert len(where) == 1
        await monitor.press("escape")
        await monitor.until(lambda: not any("@ " in monitor.chart_text(at) for at in range(4)), "no cursor")


async def test_zooming_in_reads_that_part_alone_and_fits_the_axis_to_it(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.RUNNING) as monitor:
        whole = monitor.charts[0].data
        await monitor.press("plus", "plus", "plus")
        await monitor.until(lambda: monitor.screen.snapshot.view.window is not None, "the part")
        window = monitor.screen.view.window
        assert window is not None and 0 < window[0] < 400 < window[1]
        await monitor.until(lambda: monitor.charts[0].data != whole, "other data")
        assert min(monitor.charts[0].data.curves[0].points.x) >= window[0] - 1
        await monitor.press("less_than_sign")
        await monitor.until(lambda: (monitor.screen.view.window or (0, 0))[0] < window[0], "earlier points")
        await monitor.press("0")
        await monitor.until(lambda: monitor.screen.snapshot.view.window is None, "the whole axis")


async def test_x_counts_steps_then_epochs_then_time(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.RUNNING) as monitor:
        for axis, newest in ((XAxis.EPOCH, 400 / 22), (XAxis.TIME, 395 * 0.4), (XAxis.STEP, 400)):
            await monitor.press("x")
            await monitor.until(lambda: is_settled(monitor.screen), axis.value)
            assert monitor.screen.view.x_axis is axis
            data = monitor.charts[0].data
            assert data.curves[0].points.x[-1] == pytest.approx(newest)
            assert [mark.glyph for mark in data.marks] == ["◆"] * 3


async def test_smoothing_goes_round_and_off_shows_the_raw_values(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.RUNNING) as monitor:
        weights = []
        for _ in range(6):
            await monitor.press("m")
            await monitor.until(lambda: monitor.screen.snapshot.view == monitor.screen.view, "the smoothing")
            weights.append(monitor.screen.view.smoothing)
            assert monitor.charts[0].data.smoothed == (weights[-1] > 0)
        assert sorted(weights) == [0.0, 0.3, 0.6, 0.9, 0.97, 0.99]


async def test_logarithmic_axes(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.RUNNING) as monitor:
        await monitor.press("l")
        await monitor.until(lambda: "loss · log" in monitor.chart_text(0), "the axis")
        assert "log" not in monitor.chart_text(1)
        await monitor.press("tab", "l")
        await monitor.until(lambda: "images/s · log" in monitor.chart_text(1), "the other axis")
        await monitor.press("L")
        await monitor.until(lambda: all(chart.view.log_x for chart in monitor.charts), "the x axes")


async def test_more_metrics_are_on_further_pages(tmp_path: Path) -> None:
    told = replace(run_folders.RUNNING, extra_metrics=("grad_norm", "aux"))
    async with story(tmp_path, told) as monitor:
        titles = [chart.data.title for chart in monitor.charts]
        assert titles == ["loss", "images/s", "learning rate", "accuracy"]
        await monitor.press("right_square_bracket")
        await monitor.until(lambda: monitor.charts[3].data.title == "aux", "the second page")
        assert "grad_norm" in [chart.data.title for chart in monitor.charts]
        await monitor.press("left_square_bracket")
        await monitor.until(lambda: monitor.charts[0].data.title == "loss", "the first page")


async def test_one_chart_takes_the_place_of_all_and_gives_it_back(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.RUNNING) as monitor:
        await monitor.press("tab", "z")
        await monitor.until(lambda: len(monitor.charts) == 1, "one chart")
        await monitor.until(lambda: monitor.charts[0].data.title == "images/s", "the one that had the focus")
        assert monitor.charts[0].size.height > 30
        assert not monitor.screen.query_one(RankTable).display
        await monitor.press("z")
        await monitor.until(lambda: len(monitor.charts) == 4, "all charts")
        assert monitor.screen.query_one(RankTable).display


async def test_a_rank_chosen_in_the_table_is_what_charts_and_log_are_about(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.EIGHT_RANKS) as monitor:
        await monitor.pilot.click(RankTable, offset=(10, 5))
        await monitor.until(lambda: monitor.screen.snapshot.view.rank == 3, "rank 3")
        assert [curve.label for curve in monitor.charts[1].data.curves] == ["all ranks", "3"]
        await monitor.until(lambda: "rank 3 ▾" in monitor.log and "▶" in monitor.table, "the log of rank 3")
        assert "3│" not in monitor.log
        await monitor.pilot.click(RankTable, offset=(10, 5))
        await monitor.until(lambda: monitor.screen.snapshot.view.rank is None, "all ranks")
        await monitor.press("r")
        options = monitor.app.screen.query_one(OptionList)
        assert options.option_count == 9
        await monitor.press("down", "down", "enter")
        await monitor.until(lambda: monitor.screen.snapshot.view.rank == 1, "rank 1")


async def test_words_in_the_frames_can_be_clicked(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.NONFINITE) as monitor:
        view = monitor.screen.query_one(LogPane).view
        await monitor.pilot.click(StatusBoard, offset=(monitor.head.split("\n")[2].index("c seen") + 2, 2))
        await monitor.until(lambda: "dense_2/grad" in monitor.head, "the next alert")
        top = view.render_line(0).text
        await monitor.pilot.click(LogView, offset=(top.index("all ranks") + 2, 0))
        await monitor.until(lambda: isinstance(monitor.app.screen, PickerDialog), "the ranks to choose from")
        await monitor.press("escape")
        await monitor.pilot.click(LogView, offset=(top.index("/ search") + 2, 0))
        await monitor.until(lambda: monitor.screen.query_one(Input).has_focus, "the search line")


async def test_the_log_can_be_searched_from_anywhere(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.RUNNING) as monitor:
        await monitor.press("slash", *"oneDNN", "enter")
        await monitor.until(lambda: "oneDNN is on" in monitor.log and "▶" in monitor.log, "the hit")
        await monitor.press("N")
        await monitor.press("n", "n", "n")
        await monitor.press("f")
        await monitor.until(lambda: "follow ●" in monitor.log, "the end")


async def test_a_small_terminal_shows_one_pane_at_a_time(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.RUNNING, size=(80, 24)) as monitor:

        def shown() -> list[bool]:
            return [monitor.screen.query_one(kind).display for kind in (ChartGrid, RankTable, LogPane)]

        assert shown() == [True, False, False]
        await monitor.press("t")
        await monitor.until(lambda: shown() == [False, True, False], "the ranks")
        await monitor.press("t")
        await monitor.until(lambda: shown() == [False, False, True], "the log")
        await monitor.pilot.click("PaneTabs", offset=(4, 0))
        await monitor.until(lambda: shown() == [True, False, False], "the charts")
        await monitor.pilot.resize_terminal(*SIZE)
        await monitor.until(lambda: shown() == [True, True, True], "all of them")


@pytest.mark.parametrize("size", [(60, 16), (61, 17), (100, 30), (300, 100)])
async def test_no_size_breaks_it(tmp_path: Path, size: tuple[int, int]) -> None:
    async with story(tmp_path, run_folders.NONFINITE, size=size) as monitor:
        assert "alexnet" in monitor.head
        for key in ("z", "z", "t", "t", "t"):
            await monitor.press(key)


async def test_a_terminal_too_small_says_so_in_the_place_of_everything(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.RUNNING, size=(50, 12)) as monitor:
        shown = [widget for widget in monitor.screen.children if widget.display]
        assert [type(widget) for widget in shown] == [TooSmall]
        await monitor.pilot.resize_terminal(*SIZE)
        await monitor.until(lambda: "loss" in monitor.chart_text(0), "the charts")


async def test_language_and_theme_change_while_watching(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.RUNNING) as monitor:
        monitor.app.session.remember = lambda **changes: None  # type: ignore[method-assign]
        await monitor.press("f4")
        await monitor.until(lambda: "损失" in monitor.chart_text(0) and "运行中" in monitor.head, "Chinese")
        assert "进程" in monitor.table and "全部进程" in monitor.log
        colours = monitor.charts[0].render_line(0)
        await monitor.press("f5")
        await monitor.until(lambda: monitor.charts[0].render_line(0) != colours, "the light theme")
        assert monitor.app.theme == LIGHT.name


# Alerts and endings


async def test_an_alert_stays_until_it_is_acknowledged(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.NONFINITE) as monitor:
        await monitor.until(lambda: "not finite" in monitor.head, "the alert")
        await monitor.press("c")
        await monitor.until(lambda: "dense_2/grad" in monitor.head, "the next alert")
        await monitor.press("c")
        await monitor.until(lambda: "dense_2/grad" not in monitor.head, "no alert")


async def test_a_failed_run_opens_at_the_line_that_tells_why(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.FAILED) as monitor:
        await monitor.until(lambda: "▶ ValueError: image 17 has 4 channels" in monitor.log, "the line")
        assert "Rank 1 failed first" in monitor.head and "rank 1 ▾" in monitor.log
        for action in ("stop", "kill", "checkpoint", "profile", "dump"):
            assert monitor.screen.check_action(action, ()) is None


async def test_a_run_that_ends_while_watched_says_how_it_ended(tmp_path: Path) -> None:
    told = replace(run_folders.FINISHED, phase=Phase.RUNNING, cause=None, result=None)
    async with story(tmp_path, told) as monitor:
        assert "● running" in monitor.head
        folder = monitor.screen.folder
        write_json(folder.result_path, dict(run_folders.FINISHED.result or {}))
        state = folder.state()
        assert state is not None
        write_json(folder.state_path, plain(replace(state, phase=Phase.FINISHED, ended=state.updated)))
        await monitor.until(lambda: "test top-1 98.61 %" in monitor.head, "the result")
        assert monitor.screen.check_action("stop", ()) is None


async def test_a_resumed_run_shows_the_whole_curve(tmp_path: Path) -> None:
    first = replace(run_folders.RUNNING, phase=Phase.STOPPED, steps=200, checkpoints=(200,))
    make_run(tmp_path, first)
    second = replace(
        run_folders.RUNNING,
        run_id="resumed",
        first_step=200,
        resumed_from=(first.run_id, 200),
        checkpoints=(),
    )
    async with story(tmp_path, second, size=(160, 45)) as monitor:
        xs = monitor.charts[0].data.curves[0].points.x
        assert xs[0] <= 10 and xs[-1] == 400
        assert any(mark.line and mark.x == 200 for mark in monitor.charts[0].data.marks)
        assert first.run_id in monitor.head


async def test_what_is_appended_appears(tmp_path: Path) -> None:
    async with story(tmp_path, replace(run_folders.RUNNING, total_steps=900)) as monitor:
        folder = monitor.screen.folder
        with SampleStore.open(folder.store_path) as store:
            samples = [Sample(0, 500, 22.7, now_of(run_folders.RUNNING), "loss", 7.75)]
            store.append(samples, [Event(0, 500, 1.0, "overflow", {"tensor": "w"})], {})
        await monitor.until(lambda: "loss 7.750" in monitor.head, "the figure")
        await monitor.until(lambda: monitor.charts[0].data.curves[0].points.x[-1] == 500, "the point")
        await monitor.until(lambda: "overflow" in monitor.head and "→" in monitor.head, "the alert")
        with folder.log_path(0).open("a") as log:
            log.write("a line of its own\n")
        await monitor.until(lambda: "a line of its own" in monitor.log, "the line")


async def test_a_damaged_store_is_told_once_and_the_rest_goes_on(tmp_path: Path) -> None:
    folder = make_run(tmp_path, run_folders.RUNNING)
    folder.store_path.write_bytes(b"not a database" * 1000)
    app = MonitorApp()
    async with app.run_test(size=SIZE) as pilot:
        screen = MonitorScreen(app.session, folder)
        await app.push_screen(screen)
        log = screen.query_one(LogPane).view
        await until(pilot, lambda: "step:   400" in log.render_line(log.size.height - 2).text, "the log")


async def test_an_empty_folder_and_one_that_vanishes_do_no_harm(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    async with watched(RunFolder(empty), 0.0) as monitor:
        assert "empty" in monitor.head
        empty.rmdir()
        await monitor.press("x", "m", "z")
        await monitor.until(lambda: monitor.screen.snapshot.view == monitor.screen.view, "the axis")


# Asking


@pytest.mark.parametrize(("key", "action"), [("s", "stop"), ("K", "kill")])
async def test_stop_and_kill_ask_before_they_are_written(tmp_path: Path, key: str, action: str) -> None:
    async with story(tmp_path, run_folders.RUNNING) as monitor:
        await monitor.press(key)
        assert isinstance(monitor.app.screen, ConfirmDialog)
        await monitor.press("escape")
        assert monitor.requests == []
        await monitor.press(key, "y")
        await monitor.until(lambda: monitor.requests, action)
        assert monitor.requests[-1]["action"] == action


async def test_checkpoint_profile_and_dump_are_written_as_asked(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.RUNNING) as monitor:
        await monitor.press("k")
        await monitor.until(lambda: len(monitor.requests) == 1, "the checkpoint")
        await monitor.press("p")
        dialog = monitor.app.screen
        assert isinstance(dialog, PromptDialog) and dialog.query_one(Input).value == "405-415"
        dialog.query_one(Input).value = "12"
        await monitor.press("enter")
        assert monitor.app.screen is dialog, "a step that is over must not be asked for"
        dialog.query_one(Input).value = "420-430"
        await monitor.press("enter")
        await monitor.until(lambda: len(monitor.requests) == 2, "the profile")
        await monitor.press("d")
        monitor.app.screen.query_one(Input).value = "450|460-462"
        await monitor.press("enter")
        await monitor.until(lambda: len(monitor.requests) == 3, "the dump")
        wanted = [
            {key: value for key, value in one.items() if key not in ("id", "time")}
            for one in monitor.requests
        ]
        assert wanted == [
            {"action": "checkpoint"},
            {"action": "profile", "first": 420, "last": 430},
            {"action": "dump", "steps": "450|460-462"},
        ]


async def test_answers_are_told_and_refusals_become_alerts(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.RUNNING) as monitor:
        await monitor.press("k")
        await monitor.until(lambda: len(monitor.screen.requests.asked) == 1, "the request")
        (number,) = monitor.screen.requests.asked
        folder = monitor.screen.folder
        state = folder.state()
        assert state is not None
        answered = replace(state, acknowledged={number: "no room for a checkpoint"}, refused=(number,))
        write_json(folder.state_path, plain(answered))
        await monitor.until(lambda: "no room for a checkpoint" in monitor.head, "the refusal")


async def test_a_run_folder_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.RUNNING) as monitor:
        monitor.screen.folder.control_lock_path.mkdir()
        await monitor.press("k")
        await monitor.until(lambda: list(monitor.app._notifications), "the sentence")
        (notice,) = monitor.app._notifications
        assert "control.json" in notice.message and notice.severity == "error"


async def test_artefacts_are_seen_from_the_files(tmp_path: Path) -> None:
    async with story(tmp_path, run_folders.RUNNING) as monitor:
        dump = monitor.screen.folder.path / "dumps/overflow/step-57_rank-0"
        dump.mkdir(parents=True)
        (dump / "dense_2-grad.npy").write_bytes(b"x" * 2048)
        await monitor.press("a")
        await monitor.until(lambda: isinstance(monitor.app.screen, ArtefactsDialog), "the artefacts")
        text = "\n".join(strip.text for strip in monitor.app.screen._compositor.render_strips())
        assert "step 396" in text and "✓ 1 file, 2.05 kB" in text and "no file yet" in text
        await monitor.press("q")
        await monitor.until(lambda: monitor.app.screen is monitor.screen, "the monitor")


# A real run


@pytest.fixture
def running(home: Path) -> Iterator[RunFolder]:
    """A toy training under a real supervisor, which goes on until it is stopped."""
    folder = start(make_plan(Choices(profile="toy", parameters={"steps": 100_000, "pause": 0.02})))
    yield folder
    state = folder.state()
    if state is not None and not state.phase.final:
        kill(folder)


async def test_a_real_run_is_seen_to_move_and_stops_when_asked(running: RunFolder) -> None:
    app = MonitorApp()
    app.session.clock = Clock()
    async with app.run_test(size=SIZE) as pilot:
        screen = MonitorScreen(app.session, running)
        await app.push_screen(screen)
        monitor = Watched(pilot, screen)
        await monitor.until(lambda: (screen.snapshot.latest.step or 0) > 5, "some steps")
        seen = screen.snapshot.latest.step or 0
        await monitor.until(lambda: (screen.snapshot.latest.step or 0) > seen + 5, "more steps")
        await monitor.until(lambda: monitor.charts[0].data.curves, "the loss curve")
        await monitor.until(lambda: "loss: 0." in monitor.log, "the log")
        await monitor.until(lambda: screen.snapshot.ranks[0].rss, "the memory of the rank")
        await monitor.press("s", "y")
        await monitor.until(lambda: "■ stopped" in monitor.head, "the end")
        assert screen.check_action("stop", ()) is None
