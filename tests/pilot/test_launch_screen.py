"""The launch screen: what a newcomer finds, how the form guards itself, that what is shown is started."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from textual.widgets import OptionList, Static

from console.catalog.profile import Backend
from console.launch.findings import Level
from console.launch.options.choices import Choices
from console.launch.preview import preview_text
from console.runs.folder import RunFolder
from console.runs.state import Phase
from console.tui.app import ConsoleApp
from console.tui.dialogs.picker import PickerDialog
from console.tui.dialogs.prompt import PromptDialog
from console.tui.launch.checks import CommandPane, VerdictLine
from console.tui.launch.form.view import FormView
from console.tui.launch.profiles import ProfilesPane
from console.tui.monitor.screen import MonitorScreen
from tests.pilot.driving import field, go_to, launch_screen, type_into, until, until_planned


def enabled(app: ConsoleApp, action: str) -> bool:
    return app.screen.check_action(action, ()) is True


def profile_shown(app: ConsoleApp) -> str:
    state = launch_screen(app).planner.state
    return state.profile.name if state else ""


async def test_a_newcomer_is_one_key_from_launching(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await until_planned(pilot)
        assert screen.plan is not None
        assert (screen.plan.profile, screen.plan.dataset, len(screen.plan.ranks)) == ("alexnet", "digits", 2)
        assert screen.plan.backend is Backend.CPU
        assert screen.plan.prepare_dataset == "digits"
        assert enabled(app, "start")
        assert field(app, "devices").value == "2"


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("parameter:batch_size", "16x", "16x"),
        ("parameter:batch_size", "0", "the least is 1"),
        ("parameter:dropout", "1.5", "1.5"),
    ],
)
async def test_a_bad_value_is_marked_at_its_field_and_blocks_the_launch(
    home: Path, name: str, text: str, sentence: str
) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        await type_into(pilot, name, text)
        await until(pilot, lambda: field(app, name).error, "an error at the field")
        error = field(app, name).error
        assert error is not None and sentence in error and "\n" not in error
        assert not enabled(app, "start")
        await pilot.press("ctrl+l")
        await go_to(pilot, name)
        await pilot.press("r")
        await until_planned(pilot)
        assert field(app, name).error is None
        assert not field(app, name).changed
        assert enabled(app, "start")


async def test_the_error_is_there_while_the_value_is_typed(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        await go_to(pilot, "parameter:lr")
        await pilot.press("5", "e")
        assert field(app, "parameter:lr").error is not None
        assert not enabled(app, "start")
        await pilot.press("backspace", "enter")
        await until_planned(pilot)
        state = launch_screen(app).planner.state
        assert state is not None and state.choices.parameters == {"lr": 5.0}
        assert field(app, "parameter:lr").changed


async def test_escape_takes_a_typed_value_back(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        before = field(app, "parameter:max_epochs").value
        await go_to(pilot, "parameter:max_epochs")
        await pilot.press("9", "9", "escape")
        await until(pilot, lambda: field(app, "parameter:max_epochs").value == before, "the old value")


async def test_overflow_and_data_dump_exclude_each_other(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        await go_to(pilot, "toggle:overflow_dump")
        await pilot.press("space")
        dump = field(app, "toggle:data_dump")
        assert not dump.enabled and "overflow dump" in dump.note
        await go_to(pilot, "toggle:overflow_dump")
        await pilot.press("space")
        assert field(app, "toggle:data_dump").enabled


async def test_a_switch_shows_its_values_and_they_reach_the_command(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        await go_to(pilot, "toggle:data_dump")
        await pilot.press("space")
        await type_into(pilot, "toggle:data_dump.steps", "0|5|10-12")
        screen = await until_planned(pilot)
        assert screen.plan is not None and "--data_dump_step=0|5|10-12" in " ".join(screen.plan.ranks[0].argv)
        await type_into(pilot, "toggle:data_dump.steps", "5|")
        await until(pilot, lambda: not enabled(app, "start"), "the launch to be off")
        screen = await until_planned(pilot)
        assert field(app, "toggle:data_dump.steps").error is not None


async def test_what_only_an_npu_does_is_off_and_says_so_on_a_cpu(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        for name in ("mixlist", "fusion_off"):
            toggle = field(app, f"toggle:{name}")
            assert not toggle.enabled and "NPU" in toggle.note
        precision = field(app, "toggle:precision_mode")
        modes = {option.value for option in precision.options} - {""}
        assert precision.enabled and modes == {"must_keep_origin_dtype", "allow_mix_precision_bf16"}


async def test_defaults_follow_data_set_and_devices_and_count_as_unchanged(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        assert field(app, "parameter:batch_size").value == "16"
        await go_to(pilot, "devices")
        await pilot.press("right")
        assert field(app, "devices").value == "4"
        assert field(app, "parameter:batch_size").value == "8"
        assert field(app, "devices").changed and not field(app, "parameter:batch_size").changed


async def test_a_click_chooses_an_option(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        view = app.screen.query_one(FormView)
        spot = view.box("devices")
        assert spot is not None
        await pilot.click(FormView, offset=(spot.x + 1, spot.y))
        await until(pilot, lambda: field(app, "devices").value == "1", "one device")


async def test_a_list_opens_and_its_choice_stands_in_the_form(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await until_planned(pilot)
        await go_to(pilot, "parameter:alexnet_version")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PickerDialog), "the list")
        await pilot.press("down", "enter")
        screen = await until_planned(pilot)
        assert field(app, "parameter:alexnet_version").value == "xavier"
        assert screen.plan is not None and screen.plan.parameters["alexnet_version"] == "xavier"


async def test_the_profile_list_is_filtered_as_one_types(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        options = app.screen.query_one("#profiles OptionList", OptionList)
        assert options.option_count > 1
        await pilot.press("slash", *"toy")
        await until(pilot, lambda: options.option_count == 1, "one profile")
        await pilot.press("enter", "home", "enter")
        await until(pilot, lambda: profile_shown(app) == "toy", "the other form")


async def test_a_broken_profile_file_is_shown_and_hides_no_other(home: Path) -> None:
    (home.parent / "config" / "profiles" / "mine.yaml").write_text("name: mine\nextends: alexnett\n", "utf-8")
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        about = str(app.screen.query_one("#profiles .about Static", Static).visual)
        assert "mine.yaml:2" in about and "alexnet" in about
        assert app.screen.query_one("#profiles OptionList", OptionList).option_count > 1


async def test_copying_puts_the_previewed_command_on_the_clipboard(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await until_planned(pilot)
        await pilot.press("y")
        assert screen.plan is not None
        assert app.clipboard == preview_text(screen.plan)


async def test_a_saved_profile_is_in_the_list_with_its_values(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        await type_into(pilot, "parameter:max_epochs", "3")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, PromptDialog), "the question for a name")
        await pilot.press("enter")
        await until(
            pilot,
            lambda: app.screen_stack[-1] is app.screen_stack[0] and profile_shown(app) == "alexnet-mine",
            "the new profile",
        )
        await until_planned(pilot)
        assert (home.parent / "config" / "profiles" / "alexnet-mine.yaml").is_file()
        assert field(app, "parameter:max_epochs").value == "3"
        assert not field(app, "parameter:max_epochs").changed


async def test_what_starts_is_what_was_shown(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        launch_screen(app).take(
            Choices(profile="toy", devices=2, parameters={"steps": 7}, note="from a test")
        )
        screen = await until_planned(pilot)
        assert screen.plan is not None
        shown = [list(rank.argv) for rank in screen.plan.ranks]
        command = screen.query_one(CommandPane).text
        assert "--steps=7" in command
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, MonitorScreen), "the monitor")
        folder = RunFolder(screen.plan.run_dir)
        assert folder.path.parent == home / "runs"
        assert [rank["argv"] for rank in folder.spec()["ranks"]] == shown
        await until(pilot, lambda: (state := folder.state()) and state.phase is Phase.FINISHED, "the end")
        assert "step: 7" in folder.log_path(1).read_text()


async def test_a_press_before_the_checks_are_done_counts(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        launch_screen(app).take(Choices(profile="toy", devices=1))
        assert not launch_screen(app).checked
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, MonitorScreen), "the monitor")


async def test_a_launch_that_fails_leaves_one_sentence_and_the_form(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        launch_screen(app).take(Choices(profile="toy", devices=1))
        await until_planned(pilot)
        runs = home / "runs"
        shutil.rmtree(runs, ignore_errors=True)
        runs.write_text("in the way")
        await pilot.press("ctrl+l")
        await until(pilot, lambda: app._notifications, "a sentence")
        assert launch_screen(app).query_one(VerdictLine)
        for notice in app._notifications:
            assert str(runs) in notice.message and "\n" not in notice.message
        runs.unlink()


async def test_panes_become_tabs_on_a_narrow_terminal(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await until_planned(pilot)
        assert app.screen.query_one("#settings").display
        assert not app.screen.query_one("#profiles").display
        await pilot.press("t")
        assert app.screen.query_one("#preflight").display and not app.screen.query_one("#settings").display
        await pilot.press("T", "T")
        assert app.screen.query_one(ProfilesPane).display
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert app.screen.query_one("#settings").display and app.screen.query_one("#profiles").display


async def test_findings_are_listed_with_the_worst_first(home: Path) -> None:
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        await type_into(pilot, "data_dir", str(home / "nowhere"))
        await go_to(pilot, "backend")
        await pilot.press("right")
        screen = await until_planned(pilot)
        assert screen.plan is not None
        assert any(finding.level is Level.ERROR for finding in screen.plan.findings)
        text = str(screen.query_one("#preflight Static", Static).visual)
        assert text.startswith("✗")
        assert not enabled(app, "start")


async def test_a_data_folder_is_remembered_for_the_next_launch(home: Path) -> None:
    folder = home / "digits here"
    app = ConsoleApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until_planned(pilot)
        launch_screen(app).take(Choices(profile="alexnet", data_dir=folder))
        screen = await until_planned(pilot)
        assert screen.plan is not None
        screen.planner.remember_folder(screen.plan)
    assert json.loads((home / "settings.json").read_text())["data_folders"] == {"digits": str(folder)}
