"""The options of a launch: declared once each, and seen by form, command line, JSON and engine alike."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from launch_samples import ALEXNET, make

from console.catalog.build import CONSOLE_FLAGS
from console.catalog.profile import Backend, Toggle, ToggleName
from console.cli import choices as command_line
from console.i18n import Language, set_language, t
from console.i18n.tables import MESSAGES_DIR, read_table
from console.launch.options import registry
from console.launch.options.choices import Choices, ToggleChoices
from console.launch.options.declarations import ON, CommandOption, Input, Part, Reading
from console.launch.options.launch_options import LAUNCH_OPTIONS
from console.launch.options.toggle import SwitchToggle, ToggleContext, ToggleOption
from console.runs.files import plain
from console.runs.spec.choices import choices_from_json, choices_to_json
from console.tui.launch.form.basis import FormContext
from console.tui.launch.form.field import Field, fields_of
from console.tui.launch.form.fields import launch_form
from console.tui.launch.form.state import LaunchState, change, reset

RUN_DIR = Path("/runs/r1")


class SeventhName(str, Enum):
    """Stands for a name that the catalog would know too."""

    GRADIENT_LOG = "gradient_log"


@dataclass(frozen=True, slots=True)
class GradientLog:
    every: int = 100


class GradientLogToggle(SwitchToggle[GradientLog]):
    def from_command_line(self, given: Mapping[str, Any]) -> GradientLog | None:
        every = given["gradient_log"]
        return None if every is None else GradientLog(every)

    def flags(self, value: GradientLog, run_dir: Path, *, own_engine: bool) -> Iterator[tuple[str, str]]:
        yield "--gradient_log_every", str(value.every)


SEVENTH = GradientLogToggle(
    name=SeventhName.GRADIENT_LOG,  # type: ignore[arg-type]
    value_type=GradientLog,
    options=(CommandOption("--gradient-log", "cli.gradient_log_help", Reading.WHOLE, metavar="EVERY"),),
    parts=(Part("every", "every", Input.NUMBER, "form.gradient_log_every", "form.steps_help"),),
    folder="gradients",
)
PROFILE = replace(
    ALEXNET,
    toggles=(*ALEXNET.toggles, Toggle(SEVENTH.name, frozenset({Backend.CPU, Backend.NPU}))),
)


@pytest.fixture
def seventh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "TOGGLES", (*registry.TOGGLES, SEVENTH))
    words = {"en": "gradient log", "zh": "梯度日志"}
    for key in ("toggle_gradient_log", "toggle_gradient_log_help", "gradient_log_every"):
        monkeypatch.setitem(read_table("form"), key, words)
    monkeypatch.setitem(read_table("cli"), "gradient_log_help", words)


def fields(state: LaunchState) -> dict[str, Field]:
    return {one.id: one for one in fields_of(launch_form(state, FormContext()))}


@pytest.mark.usefixtures("seventh")
def test_a_seventh_toggle_is_in_the_form() -> None:
    state = LaunchState(PROFILE, Choices("alexnet"))
    assert fields(state)["toggle:gradient_log"].label == "gradient log"
    assert "toggle:gradient_log.every" not in fields(state)
    state = change(state, "toggle:gradient_log", ON)
    assert fields(state)["toggle:gradient_log.every"].value == "100"
    state = change(state, "toggle:gradient_log.every", "7")
    assert SEVENTH.chosen(state.choices.toggles) == GradientLog(7)
    assert change(state, "toggle:gradient_log.every", "x").problems.keys() == {"toggle:gradient_log.every"}
    assert SEVENTH.chosen(reset(state, "toggle:gradient_log.every").choices.toggles) is None


@pytest.mark.usefixtures("seventh")
def test_a_seventh_toggle_is_on_the_command_line() -> None:
    def show(**given: object) -> int:
        click.echo(repr(command_line.choices_from_command_line("alexnet", given, ()).toggles))
        return 0

    command = click.command("run")(command_line.choice_options(show))
    assert "--gradient-log EVERY" in CliRunner().invoke(command, ["--help"]).output
    answer = CliRunner().invoke(command, ["--gradient-log", "9"]).output
    assert answer.strip() == "ToggleChoices(gradient_log=GradientLog(every=9))"


@pytest.mark.usefixtures("seventh")
def test_a_seventh_toggle_is_in_json_and_back() -> None:
    choices = Choices("alexnet", toggles=ToggleChoices(gradient_log=GradientLog(9)))
    document = json.loads(json.dumps(choices_to_json(choices)))
    assert document["toggles"]["gradient_log"] == {"every": 9}
    assert choices_from_json(document) == choices


@pytest.mark.usefixtures("seventh")
def test_a_seventh_toggle_reaches_the_engine_and_is_checked_against_the_profile() -> None:
    made = make(profile=PROFILE, toggles=ToggleChoices(gradient_log=GradientLog(9)))
    assert "--gradient_log_every=9" in made.ranks[0].argv
    assert made.run_dir / "gradients" in made.make_dirs
    refused = make(profile=ALEXNET, toggles=ToggleChoices(gradient_log=GradientLog(9)))
    assert [one.message.key for one in refused.findings if one.subject == "gradient_log"] == [
        "launch.toggle_not_offered"
    ]


def test_a_toggle_that_profiles_do_not_know_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="gradient_log"):
        registry.one_of_each(*registry.TOGGLES, SEVENTH)
    with pytest.raises(TypeError, match="fusion_off"):
        registry.one_of_each(*registry.TOGGLES[:-1])


def test_choices_hold_values_of_their_toggles_alone() -> None:
    with pytest.raises(TypeError, match="gradient_log"):
        ToggleChoices(gradient_log=GradientLog())
    with pytest.raises(TypeError, match="mixlist"):
        ToggleChoices(mixlist="/m.json")


def all_on() -> ToggleChoices:
    return ToggleChoices(**{one.name.value: sample(one) for one in registry.TOGGLES})


def sample(toggle: ToggleOption[Any]) -> object:
    offer = ALEXNET.toggle(toggle.name) or Toggle(toggle.name, frozenset(Backend), ("a", "b"))
    entry = toggle.entry(None, offer, Backend.NPU)
    text = {Input.CHECK: ON, Input.CHOICE: next(iter(entry.options), ""), Input.TEXT: "/x.json"}[entry.input]
    return toggle.change(None, "", text)


def test_no_parameter_may_take_the_flag_of_a_toggle() -> None:
    context = ToggleContext(ALEXNET, Backend.NPU, all_on())
    assert {flag for flag, _ in registry.toggle_flags(context, RUN_DIR)} <= CONSOLE_FLAGS


def message_keys(toggle: ToggleOption[Any]) -> Iterator[str]:
    yield from (toggle.label, toggle.help, f"monitor.toggle_{toggle.name.value}")
    yield from (one.help for one in toggle.options)
    for part in toggle.parts:
        yield from (part.label, part.help)


@pytest.mark.parametrize("toggle", registry.TOGGLES, ids=lambda one: one.name.value)
@pytest.mark.parametrize("language", list(Language))
def test_every_toggle_has_its_words(toggle: ToggleOption[Any], language: Language) -> None:
    set_language(language)
    try:
        assert all(t(key).strip() for key in message_keys(toggle))
    finally:
        set_language(Language.ENGLISH)


def test_a_toggle_without_words_would_be_noticed() -> None:
    tables = {path.stem: json.loads(path.read_text("utf-8")) for path in MESSAGES_DIR.glob("*.json")}
    missing = [key for key in message_keys(SEVENTH) if key.split(".")[1] not in tables[key.split(".")[0]]]
    assert "form.toggle_gradient_log" in missing and "monitor.toggle_gradient_log" in missing


def test_toggles_that_are_off_stand_in_json_as_null() -> None:
    off = {one.value: None for one in ToggleName}
    assert json.dumps(plain(ToggleChoices(mixlist=Path("/m.json")))) == json.dumps(
        off | {"mixlist": "/m.json"}
    )


def test_every_choice_is_a_launch_option_or_has_a_reader_of_its_own() -> None:
    others = {"profile", "parameters", "toggles", "resume_run"}
    assert {one.name for one in dataclasses.fields(Choices)} == set(LAUNCH_OPTIONS) | others


@pytest.mark.parametrize(
    ("changed", "value", "cleared"),
    [
        ("dataset", "imagenet", "data_dir"),
        ("devices", "2", "device_ids"),
        ("backend", "cpu", "device_ids"),
    ],
)
def test_what_held_for_the_value_before_is_cleared(changed: str, value: str, cleared: str) -> None:
    before = Choices("alexnet", dataset="digits", data_dir=Path("/data/digits"), device_ids=(1, 3))
    after = change(LaunchState(ALEXNET, before), changed, value).choices
    assert getattr(after, cleared) == getattr(Choices("alexnet"), cleared)
    kept = {"data_dir", "device_ids"} - {cleared}
    assert {getattr(after, name) == getattr(before, name) for name in kept} == {True}
