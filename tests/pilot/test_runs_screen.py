"""The screen of all runs: order, filter, and what is done to a run, on real folders and a real process."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from bench._past_runs import write_past_runs
from console.launch.options.choices import Choices
from console.launch.service import make_plan
from console.runs.folder import RunFolder
from console.runs.launcher import start
from console.runs.state import Phase
from console.tui.app import ConsoleApp
from console.tui.dialogs.confirm import ConfirmDialog
from console.tui.dialogs.prompt import PromptDialog
from console.tui.launch.screen import LaunchScreen
from console.tui.monitor.screen import MonitorScreen
from console.tui.runs.columns import COLUMNS
from console.tui.runs.layout import GAP
from console.tui.runs.screen import RunsScreen
from console.tui.runs.table import RunsTable
from tests.pilot.driving import field, until, until_planned


def names(app: ConsoleApp) -> list[str]:
    """The runs in the table, from the top."""
    return [run.run_id for run in app.screen.query_one(RunsTable).rows]


async def open_runs(pilot: Pilot[None], count: int) -> RunsTable:
    """Go to the runs screen and wait until it shows ``count`` runs."""
    app = pilot.app
    assert isinstance(app, ConsoleApp)
    await pilot.press("f3")
    await until(pilot, lambda: isinstance(app.screen, RunsScreen), "the runs screen")
    await until(pilot, lambda: len(names(app)) == count, f"{count} runs")
    return app.screen.query_one(RunsTable)


def live_run(steps: int = 100_000) -> RunFolder:
    """Start a real run that goes on until it is stopped."""
    return start(make_plan(Choices(profile="toy", devices=1, parameters={"steps": steps, "pause": 0.02})))


async def test_runs_are_listed_newest_first_and_a_hundred_past_ones_are_no_trouble(home: Path) -> None:
    write_past_runs(home / "runs", 200, newest=time.time())
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await open_runs(pilot, 200)
        assert names(app) == sorted(names(app), key=lambda name: name[-4:], reverse=True)


async def test_filter_and_sort(home: Path) -> None:
    write_past_runs(home / "runs", 12, newest=time.time())
    app = ConsoleApp()
    async with app.run_test(size=(200, 40)) as pilot:
        table = await open_runs(pilot, 12)
        await pilot.press("slash", *"failed")
        await until(pilot, lambda: len(names(app)) == 3, "the failed runs")
        await pilot.press("escape")
        await until(pilot, lambda: len(names(app)) == 12, "all runs")
        await pilot.press("o")
        await pilot.press(*"top", "enter")
        await until(pilot, lambda: table.sort_column == "top1", "another order")
        assert [name[-4:] for name in names(app)][:3] == ["0010", "0009", "0008"]
        await pilot.press("O")
        assert {name[-4:] for name in names(app)[:3]} == {"0003", "0007", "0011"}, (
            "the unknown come first now"
        )
        await pilot.click(RunsTable, offset=(table.widths["state"] + 3, 0))
        assert names(app) == sorted(names(app))


async def test_no_runs_yet_says_what_to_do(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_runs(pilot, 0)
        await until(pilot, lambda: "^l" in str(app.screen.query_one(".empty", Static).visual), "the way on")
        assert app.screen.check_action("open", ()) is None


async def test_deleting_asks_and_says_how_much_that_frees(home: Path) -> None:
    write_past_runs(home / "runs", 3, newest=time.time())
    doomed = home / "runs" / "alexnet-4p-0002"
    (doomed / "rank-0.log").write_bytes(bytes(2_000_000))
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await open_runs(pilot, 3)
        for answer in ("escape", "enter", "y"):
            await pilot.press("d")
            await until(pilot, lambda: isinstance(app.screen, ConfirmDialog), "the question")
            question = str(app.screen.query_one(Static).visual)
            assert "2.0" in question and "MB" in question
            await pilot.press(answer)
            await until(pilot, lambda: isinstance(app.screen, RunsScreen), "the table")
            assert answer == "y" or (doomed.is_dir() and len(names(app)) == 3)
        await until(pilot, lambda: len(names(app)) == 2, "the other runs")
        assert not doomed.exists()


async def test_a_note_is_written_beside_the_run_and_shown(home: Path) -> None:
    write_past_runs(home / "runs", 2, newest=time.time())
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        table = await open_runs(pilot, 2)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, PromptDialog), "the question")
        await pilot.press(*"lr too high", "enter")
        await until(pilot, lambda: table.current and table.current.note == "lr too high", "the note")
    assert (home / "runs" / "alexnet-2p-0001" / "note.txt").read_text() == "lr too high\n"


async def test_relaunch_takes_the_choices_to_the_form(home: Path) -> None:
    plan = make_plan(Choices(profile="toy", devices=2, parameters={"steps": 3}, note="first"))
    folder = start(plan)
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        await open_runs(pilot, 1)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, LaunchScreen), "the form")
        screen = await until_planned(pilot)
        assert field(app, "parameter:steps").value == "3" and field(app, "parameter:steps").changed
        assert screen.plan is not None and screen.plan.run_dir != folder.path
        assert len(screen.plan.ranks) == 2


async def test_a_live_run_is_opened_and_stopped(home: Path) -> None:
    folder = live_run()
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await open_runs(pilot, 1)
        assert app.screen.check_action("delete", ()) is None
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MonitorScreen), "the monitor")
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen), "the runs screen")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog), "the question")
        await pilot.press("y")
        await until(pilot, lambda: (state := folder.state()) and state.phase is Phase.STOPPED, "the end")
        await until(
            pilot,
            lambda: app.session.runs.value and app.session.runs.value[0].phase is Phase.STOPPED,
            "the end on the screen",
        )
        assert app.screen.check_action("stop", ()) is None


async def test_opening_the_console_gives_an_orphan_a_new_supervisor(home: Path) -> None:
    folder = live_run()
    state = folder.state()
    assert state is not None and state.supervisor is not None
    os.kill(state.supervisor.pid, signal.SIGKILL)
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        before = state.supervisor
        await until(
            pilot,
            lambda: (now := folder.state()) and now.supervisor not in (None, before) and not now.phase.final,
            "another supervisor",
        )
        await until(pilot, lambda: app.session.runs.live(), "the run among the live ones")


@pytest.mark.parametrize("width", [60, 80, 120, 200])
async def test_the_columns_shown_fit_the_terminal(home: Path, width: int) -> None:
    write_past_runs(home / "runs", 4, newest=time.time())
    app = ConsoleApp()
    async with app.run_test(size=(width, 24)) as pilot:
        table = await open_runs(pilot, 4)
        await pilot.pause()
        assert sum(table.widths.values()) + GAP * (len(table.widths) - 1) <= table.size.width
        assert {"state", "name", "started", "loss"} <= set(table.widths)
        assert len(table.widths) == len(COLUMNS) or width < 200
