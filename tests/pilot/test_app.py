"""The app around the screens: actions from one table, language, theme, size, leaving, and what goes wrong."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from console.i18n import Language, set_language, t
from console.launch.options.choices import Choices
from console.runs.folder import RunFolder
from console.settings import Settings, load_settings, save_settings
from console.tui.actions import ACTIONS, Action, Scope, actions_of, bar_actions, bindings
from console.tui.app import ConsoleApp
from console.tui.base_screen import ConsoleScreen, TooSmall
from console.tui.dialogs.help import HelpScreen, help_text
from console.tui.dialogs.palette import palette_actions
from console.tui.dialogs.picker import PickerDialog
from console.tui.header import Header
from console.tui.host_load import HostLoad
from console.tui.key_bar import KeyBar
from console.tui.launch.known_profiles import CACHE_NAME, read_profiles, remembered_profiles
from console.tui.launch.screen import LaunchScreen
from console.tui.monitor.screen import MonitorScreen
from console.tui.runs.screen import RunsScreen
from console.tui.theme import DARK, LIGHT
from tests.pilot.driving import StillApp, launch_screen, until, until_planned

OWNERS: dict[Scope, type] = {
    Scope.APP: ConsoleApp,
    Scope.LAUNCH: LaunchScreen,
    Scope.RUNS: RunsScreen,
    Scope.MONITOR: MonitorScreen,
}


def shown_text(app: ConsoleApp) -> str:
    """Everything on the screen, as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_an_action_has_a_method_and_words_in_both_languages(action: Action) -> None:
    assert callable(getattr(OWNERS[action.scope], f"action_{action.name}"))
    for language in Language:
        set_language(language)
        assert t(action.label)
    set_language(Language.ENGLISH)


@pytest.mark.parametrize("scope", list(Scope))
def test_no_key_means_two_things_on_one_screen(scope: Scope) -> None:
    keys = [key for action in actions_of(scope) for key in action.keys]
    assert len(keys) == len(set(keys))
    priority = {key for action in actions_of(Scope.APP) if action.priority for key in action.keys}
    assert scope is Scope.APP or not priority & set(keys)


def test_bindings_bar_palette_and_help_come_from_the_table(home: Path) -> None:
    for scope in (Scope.LAUNCH, Scope.RUNS, Scope.MONITOR):
        rows = [action for action in actions_of(scope) if action.keys]
        assert [binding.action for binding in bindings(scope)] == [action.name for action in rows]
        assert {action for action in bar_actions(scope) if action.scope is scope} <= set(rows)
        assert set(rows) <= set(palette_actions(scope))
        words = help_text(scope).plain
        assert all(action.text in words and action.key_text in words for action in rows)


async def test_the_key_bar_can_be_clicked(home: Path) -> None:
    app = StillApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        bar = app.screen.query_one(KeyBar)
        column = bar.render().plain.index("? " + t("app.action_help"))
        await pilot.click(KeyBar, offset=(column + 2, 0))
        await until(pilot, lambda: isinstance(app.screen, HelpScreen), "the help screen")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, LaunchScreen), "the launch screen")


async def test_switching_the_language_changes_every_text_and_is_remembered(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        english = shown_text(app)
        assert "Hyper-parameters" in english and "Launch" in english
        await pilot.press("f4")
        await pilot.pause()
        chinese = shown_text(app)
        for word in ("超参数", "启动", "数据集", "复制命令", "启动检查", "配置"):
            assert word in chinese
        for word in ("Hyper", "Data set", "Copy", "Preflight", "Ready", "Published", "filter", "default"):
            assert word not in chinese
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen), "the runs screen")
        await pilot.pause()
        assert "运行记录" in shown_text(app) and "Runs" not in shown_text(app)
        await pilot.press("f4", "f2")
        await until(pilot, lambda: isinstance(app.screen, LaunchScreen), "the launch screen")
        await until(pilot, lambda: "Hyper-parameters" in shown_text(app), "English again")
        assert "超参数" not in shown_text(app)
        await pilot.press("f4")
    assert load_settings().language is Language.CHINESE
    set_language(Language.ENGLISH)
    ConsoleApp()
    assert t("app.action_help") == "帮助"


def test_a_language_asked_for_by_the_environment_is_not_overruled(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_settings(Settings(language=Language.CHINESE))
    monkeypatch.setenv("ASCEND_CONSOLE_LANG", "en")
    ConsoleApp()
    assert t("app.action_help") == "Help"


async def test_only_the_header_in_sight_follows_the_host(home: Path) -> None:
    def loaded(cpu: float) -> HostLoad:
        before = app.session.host.value
        assert before is not None
        return replace(before, usage=replace(before.usage, cpu=cpu))

    app = StillApp()
    async with app.run_test(size=(120, 40)) as pilot:
        launch = launch_screen(app)
        assert "cpu 12%" in shown_text(app)
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen), "the runs")
        app.session.host.value = loaded(55.0)
        await until(pilot, lambda: "cpu 55%" in shown_text(app), "the header of the runs")
        assert "cpu 12%" in str(launch.query_one(Header).render())
        await pilot.press("f2")
        await until(pilot, lambda: app.screen is launch, "the launch screen")
        await until(pilot, lambda: "cpu 55%" in shown_text(app), "the header of the launch screen")
        app.push_screen(PickerDialog("Which?", [], ""))
        await until(pilot, lambda: isinstance(app.screen, PickerDialog), "the dialog")
        app.session.host.value = loaded(77.0)
        await until(pilot, lambda: "cpu 77%" in shown_text(app), "the header under the dialog")


async def test_the_theme_is_switched_and_remembered(home: Path) -> None:
    app = StillApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        assert app.theme == DARK.name
        await pilot.press("f5")
        assert app.theme == LIGHT.name
    assert ConsoleApp().theme == LIGHT.name


@pytest.mark.parametrize("size", [(59, 40), (120, 15), (20, 5)])
async def test_a_terminal_too_small_gets_one_sentence(home: Path, size: tuple[int, int]) -> None:
    app = StillApp()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        sentence = app.screen.query_one(TooSmall)
        assert sentence.display and f"{size[0]}x{size[1]}" in str(sentence.visual)
        assert [widget for widget in app.screen.children if widget.display] == [sentence]
        await pilot.resize_terminal(80, 24)
        await until_planned(pilot)
        assert not sentence.display and app.screen.query_one(KeyBar).display


async def test_the_palette_finds_an_action_by_its_words_and_runs_it(home: Path) -> None:
    app = StillApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, PickerDialog), "the palette")
        await pilot.press(*"light", "enter")
        await until(pilot, lambda: app.theme == LIGHT.name, "the light theme")
        assert isinstance(app.screen, LaunchScreen)


async def test_leaving_says_which_runs_go_on(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        launch_screen(app).take(
            Choices(profile="toy", devices=1, parameters={"steps": 100000, "pause": 0.05})
        )
        plan = (await until_planned(pilot)).plan
        assert plan is not None
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, MonitorScreen), "the monitor")
        await until(pilot, lambda: app.session.runs.live(), "the run in the history")
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, LaunchScreen), "the launch screen")
        await pilot.press("q")
    farewell = capsys.readouterr().err
    assert f"1 ({plan.run_name})" in farewell
    state = RunFolder(plan.run_dir).state()
    assert state is not None and not state.phase.final


async def test_a_home_that_cannot_be_written_costs_a_sentence(home: Path, tmp_path: Path) -> None:
    home.write_text("a file where the home should be")
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ConsoleScreen), "a screen")
        await pilot.press("f5")
        await until(pilot, lambda: app._notifications, "a sentence")
        assert app.theme == LIGHT.name
        assert any(str(home) in notice.message for notice in app._notifications)


async def test_a_defect_is_told_with_the_path_of_its_traceback(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(runs_dir: Path | None = None) -> list[object]:
        raise RuntimeError("a defect of ours")

    monkeypatch.setattr("console.runs.history.list_runs", broken)
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        await until(pilot, lambda: app._notifications, "a sentence")
        (notice,) = app._notifications
        assert str(home / "crash.log") in notice.message
        assert "Traceback" in (home / "crash.log").read_text()


def test_without_a_terminal_there_is_one_sentence_and_exit_code_2(home: Path) -> None:
    command = [str(Path(sys.executable).with_name("ascend-console"))]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stdout == ""
    assert re.fullmatch(r"ascend-console: .*terminal.*--help\.\n", done.stderr)


def test_settings_survive_damage_and_keep_what_they_do_not_know(home: Path) -> None:
    path = home / "settings.json"
    home.mkdir()
    for damaged in ("", "{", "[]", '{"language": "fr", "theme": 3, "data_folders": ["x"]}'):
        path.write_text(damaged)
        assert load_settings() == Settings()
    path.write_text('{"later": 1}')
    save_settings(Settings(Language.CHINESE, "ascend-light", {"imagenet": Path("/data")}))
    assert load_settings() == Settings(Language.CHINESE, "ascend-light", {"imagenet": Path("/data")})
    assert json.loads(path.read_text())["later"] == 1
    assert [entry.name for entry in home.iterdir()] == ["settings.json"]


def test_what_is_remembered_of_profiles_holds_until_a_file_changes_or_is_not_ours(home: Path) -> None:
    assert remembered_profiles() is None
    known = read_profiles()
    assert "toy" in known.profiles
    assert remembered_profiles() == known
    cache = home / CACHE_NAME
    assert stat.S_IMODE(cache.stat().st_mode) == 0o600
    profile = home.parent / "config" / "profiles" / "toy.yaml"
    profile.write_text(profile.read_text().replace("name: toy", "name: other"))
    assert remembered_profiles() is None
    assert "other" in read_profiles().profiles
    cache.chmod(0o666)
    assert remembered_profiles() is None
    cache.chmod(0o600)
    assert remembered_profiles() is not None
    cache.write_bytes(b"no pickle")
    assert remembered_profiles() is None


async def test_interrupting_says_how_to_leave(home: Path) -> None:
    app = StillApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await until_planned(pilot)
        await pilot.press("ctrl+c")
        (notice,) = app._notifications
        assert notice.message == t("app.how_to_quit")


async def test_leaving_at_once_is_no_trouble(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("q")
    assert app.return_code == 0
    assert not (home / "crash.log").exists()


async def test_typing_q_in_a_text_does_not_leave(home: Path) -> None:
    app = StillApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(app.focused, Input), "the filter")
        await pilot.press("q", "question_mark", "1")
        assert isinstance(app.focused, Input) and app.focused.value == "q?1"
        await pilot.press("escape")
        await until(pilot, lambda: not app.screen.query("FilterLine Input"), "the filter to close")
        assert str(app.screen.query_one("FilterLine Static", Static).visual) == "/ filter"
