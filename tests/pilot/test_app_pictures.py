"""Pictures of the launch and runs screens on a still host, at the sizes they are made for.

``pytest --snapshot-update`` takes them anew; look at each before keeping it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from console import locations
from console.i18n import Language, set_language
from console.launch.machine.host import Host
from console.runs.state import Phase, RunSummary
from console.settings import Settings
from console.tui.dialogs.help import HelpScreen
from console.tui.dialogs.picker import PickerDialog
from console.tui.runs.screen import RunsScreen
from console.tui.theme import LIGHT
from tests.pilot.driving import NOON, STILL_HOST, StillApp, go_to, type_into, until, until_planned

Compare = Callable[..., bool]

PROFILES = Path(__file__).with_name("profiles")
NOWHERE = "/proc/home/li"
"""A home in which nothing can be written, so that its path may be the same on every machine."""

RUNS = tuple(
    RunSummary(
        run_id=f"alexnet-{devices}p-05{day}-0912",
        folder=Path(f"/home/li/ascend-console/runs/alexnet-{devices}p-05{day}-0912"),
        profile="alexnet",
        dataset=dataset,
        devices=devices,
        backend="npu" if devices == 8 else "cpu",
        phase=phase,
        created=NOON - 86_400 * (18 - day) - 4000,
        duration=3_971.0 * devices,
        last_step=640,
        last_loss=loss,
        best_top1=top1,
        throughput=throughput,
        note=note,
    )
    for day, devices, dataset, phase, loss, top1, throughput, note in (
        (18, 2, "digits", Phase.RUNNING, 0.7312, 0.9722, 318.4, ""),
        (18, 8, "imagenet", Phase.STOPPING, 3.1416, 0.4127, 33_100.0, "warm-up 10"),
        (17, 2, "digits", Phase.FINISHED, 0.5204, 0.9889, 322.0, ""),
        (16, 4, "digits", Phase.FAILED, None, None, None, "lr too high"),
        (15, 1, "digits", Phase.STOPPED, 1.0021, 0.8806, 170.9, "学习率 0.02"),
        (14, 8, "imagenet", Phase.LOST, 6.9078, 0.0010, 31_870.0, ""),
    )
)


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same host, profiles and paths on every machine, in English."""

    def observe() -> Host:
        return STILL_HOST

    monkeypatch.setenv("ASCEND_CONSOLE_HOME", NOWHERE)
    monkeypatch.setenv("ASCEND_CONSOLE_CONFIG", NOWHERE)
    monkeypatch.delenv("ASCEND_CONSOLE_LANG", raising=False)
    monkeypatch.setattr(locations, "profiles_dir", lambda: PROFILES)
    monkeypatch.setattr("console.launch.machine.observe.observe_host", observe)
    set_language(Language.ENGLISH)
    yield
    set_language(Language.ENGLISH)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=str)
def test_launch(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(StillApp(RUNS), terminal_size=size, run_before=until_planned)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
def test_launch_in_chinese_and_light(snap_compare: Compare, size: tuple[int, int]) -> None:
    app = StillApp(RUNS, Settings(Language.CHINESE, LIGHT.name))
    assert snap_compare(app, terminal_size=size, run_before=until_planned)


def test_launch_with_a_bad_value_and_switches_on(snap_compare: Compare) -> None:
    async def fill_in(pilot: Pilot[None]) -> None:
        await until_planned(pilot)
        await go_to(pilot, "toggle:data_dump")
        await pilot.press("space")
        await type_into(pilot, "parameter:dropout", "1.5")
        await until_planned(pilot)

    assert snap_compare(StillApp(), terminal_size=(120, 40), run_before=fill_in)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
@pytest.mark.parametrize("language", list(Language), ids=str)
def test_runs(snap_compare: Compare, size: tuple[int, int], language: Language) -> None:
    async def go(pilot: Pilot[None]) -> None:
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunsScreen), "the runs screen")
        await pilot.press("down")
        await pilot.pause()

    assert snap_compare(StillApp(RUNS, Settings(language)), terminal_size=size, run_before=go)


def test_help(snap_compare: Compare) -> None:
    async def go(pilot: Pilot[None]) -> None:
        await until_planned(pilot)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen), "the help screen")

    assert snap_compare(StillApp(), terminal_size=(120, 40), run_before=go)


def test_palette(snap_compare: Compare) -> None:
    async def go(pilot: Pilot[None]) -> None:
        await until_planned(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickerDialog), "the palette")

    assert snap_compare(StillApp(), terminal_size=(80, 24), run_before=go)
