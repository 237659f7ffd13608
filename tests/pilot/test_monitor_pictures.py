"""Pictures of the monitor at the sizes it is made for, on runs whose every figure is fixed.

``pytest --snapshot-update`` takes them anew; look at each before keeping it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from console.i18n import Language, set_language
from console.settings import Settings
from console.tui.clock import Clock
from console.tui.monitor.screen import MonitorScreen
from console.tui.monitor.snapshot import DEFAULT_SMOOTHING
from console.tui.theme import DARK, LIGHT
from tests.pilot import run_folders
from tests.pilot.driving import until
from tests.pilot.run_folders import Story, make_run, now_of
from tests.pilot.watching import MonitorApp, is_settled

Compare = Callable[..., bool]
Act = Callable[[Pilot[None], MonitorScreen], object]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language(Language.ENGLISH)
    yield
    set_language(Language.ENGLISH)


class Picture:
    """Takes the picture of one run in one look."""

    def __init__(self, compare: Compare, runs_dir: Path) -> None:
        self._compare = compare
        self._runs_dir = runs_dir

    def of(
        self,
        story: Story,
        size: tuple[int, int],
        *,
        language: Language = Language.ENGLISH,
        theme: str = DARK.name,
        keys: tuple[str, ...] = (),
    ) -> bool:
        """Compare the picture with the one kept."""
        app = MonitorApp(settings=Settings(language, theme))
        app.session.clock = Clock(lambda: now_of(story))
        folder = make_run(self._runs_dir, story)

        async def open_run(pilot: Pilot[None]) -> None:
            screen = MonitorScreen(app.session, folder)
            await pilot.app.push_screen(screen)
            await until(pilot, lambda: is_settled(screen), "the run")
            for key in keys:
                await pilot.press(key)
                await until(pilot, lambda: is_settled(screen), key)

        return self._compare(app, terminal_size=size, run_before=open_run)


@pytest.fixture
def picture(snap_compare: Compare, tmp_path: Path) -> Picture:
    return Picture(snap_compare, tmp_path)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=str)
def test_running(picture: Picture, size: tuple[int, int]) -> None:
    assert picture.of(run_folders.RUNNING, size)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
def test_running_in_chinese_and_light(picture: Picture, size: tuple[int, int]) -> None:
    assert picture.of(run_folders.RUNNING, size, language=Language.CHINESE, theme=LIGHT.name)


def test_eight_ranks_with_a_published_figure(picture: Picture) -> None:
    assert picture.of(run_folders.EIGHT_RANKS, (120, 40))


def test_waiting_for_the_first_step(picture: Picture) -> None:
    assert picture.of(run_folders.EMPTY, (120, 40))


@pytest.mark.parametrize("language", list(Language), ids=str)
def test_alerts(picture: Picture, language: Language) -> None:
    assert picture.of(run_folders.NONFINITE, (120, 40), language=language)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
def test_failed(picture: Picture, size: tuple[int, int]) -> None:
    assert picture.of(run_folders.FAILED, size)


def test_finished(picture: Picture) -> None:
    assert picture.of(run_folders.FINISHED, (120, 40), theme=LIGHT.name)


def test_one_chart_enlarged_with_cursor_and_logarithmic_axis(picture: Picture) -> None:
    assert DEFAULT_SMOOTHING == 0.6
    assert picture.of(run_folders.RUNNING, (120, 40), keys=("z", "l", "left", "shift+left"))


@pytest.mark.parametrize("pane", ["ranks", "log"])
def test_panes_of_a_small_terminal(picture: Picture, pane: str) -> None:
    presses = {"ranks": ("t",), "log": ("t", "t")}
    assert picture.of(run_folders.EIGHT_RANKS, (80, 24), keys=presses[pane])


def test_without_colours(picture: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert picture.of(run_folders.EIGHT_RANKS, (120, 40))
