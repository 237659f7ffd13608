"""The profiles and the engines agree: every flag a launch gives is one the engine takes, with that value."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from console.catalog.build import CONSOLE_FLAGS
from console.catalog.loader import load_catalog
from console.catalog.profile import Backend, Parameter, ParameterType, Profile
from console.launch.options.choices import ToggleChoices
from console.launch.options.declarations import ON, Input
from console.launch.options.registry import find_toggle, toggle_flags
from console.launch.options.toggle import ToggleContext
from console.locations import engines_dir, profiles_dir
from engines.common.flags.declaration import declared_flags
from engines.common.step_plan import StepPlan

PROFILES = [one for one in load_catalog([profiles_dir()]).profiles.values() if one.engine is not None]

_EVERY_STEP = (
    "the engine alone prints every step for a first look; a launch lets the device loop and prints less"
)
_PAPER = "a launch trains as the paper does, the engine alone as the seed's script without flags"
_SMALLER = "a launch starts with the smaller network, the engine alone with the one of the published figures"

INTENDED = {
    ("alexnet", "display_every"): _EVERY_STEP,
    ("alexnet", "iterations_per_loop"): _EVERY_STEP,
    ("efficientnet", "display_every"): _EVERY_STEP,
    ("efficientnet", "iterations_per_loop"): _EVERY_STEP,
    ("autoaugment", "auto_augment"): _PAPER,
    ("autoaugment", "cutout"): _PAPER,
    ("hrnet", "net_cfg"): _SMALLER,
}
"""The defaults that a profile and its engine have on purpose not in common, with the reason."""


def recipe_of(profile: Profile) -> ModuleType:
    return importlib.import_module(f"engines.{profile.engine}.recipe")


def help_of(engine: str | None) -> str:
    assert engine is not None
    done = subprocess.run(
        [sys.executable, str(engines_dir()), engine, "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={"COLUMNS": "400", "PATH": ""},
    )
    return done.stdout


@pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)
def test_every_flag_is_one_of_the_engine(profile: Profile) -> None:
    text = help_of(profile.engine)
    known = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9_]*", text))
    assert {parameter.flag for parameter in profile.parameters} - known == set()
    assert CONSOLE_FLAGS | {"--restore_path"} <= known


@pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)
def test_every_choice_is_one_of_the_engine(profile: Profile) -> None:
    text = help_of(profile.engine)
    offered = {match[1]: set(match[2].split(",")) for match in re.finditer(r"--([a-z_]+) \{([^}]+)\}", text)}
    for parameter in profile.parameters:
        if parameter.type is ParameterType.CHOICE:
            assert set(parameter.choices) <= offered[parameter.flag[2:]]
    for toggle in profile.toggles:
        assert set(toggle.choices) <= offered.get(toggle.name.value, set(toggle.choices))
    assert set(profile.tasks) <= offered["mode"]


def written(parameter: Parameter) -> str:
    some = {"int": 1, "float": 0.5, "bool": True, "str": "dense_2", "path": "x"}
    if parameter.minimum is not None:
        some["int"] = max(1, int(parameter.minimum))
    value = some[parameter.type.value] if parameter.default is None else parameter.default
    return f"{parameter.flag}={value}"


@pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)
def test_the_engine_reads_a_value_of_every_parameter(profile: Profile, tmp_path: Path) -> None:
    """All flags at once get past the engine's own reading: it stops at the data, which is not there."""
    flags = [written(parameter) for parameter in profile.parameters]
    start = [
        f"--data_dir={tmp_path / 'no-data-here'}",
        f"--run_dir={tmp_path}",
        "--backend=cpu",
        "--mode=train",
    ]
    done = subprocess.run(
        [sys.executable, str(engines_dir()), str(profile.engine), *flags, *start],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "no-data-here" in done.stdout + done.stderr


@pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)
def test_every_default_is_the_engines_own(profile: Profile) -> None:
    """Or listed with its reason; a learning rate that the engine derives is compared below."""
    recipe = recipe_of(profile)
    seed_names = getattr(recipe, "SEED_NAMES", {})
    own = recipe.parse([])
    fields = {
        spelling: one.field
        for one in declared_flags(type(own))
        for spelling in (f"--{one.field}", *one.flag.aliases, *seed_names.get(one.field, ()))
    }
    differing = set()
    for one in profile.parameters:
        field = fields[one.flag]
        derived = bool(one.per_devices) and getattr(own, field) is None
        if one.default is None or derived:
            continue
        if getattr(recipe.parse([written(one)]), field) != getattr(own, field):
            differing.add((profile.name, one.name))
    assert differing == {key for key in INTENDED if key[0] == profile.name}


@pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)
def test_a_learning_rate_by_devices_is_the_one_the_engine_derives(profile: Profile) -> None:
    recipe = recipe_of(profile)
    for one in profile.parameters:
        if not one.per_devices:
            continue
        for devices in profile.devices:
            rate = one.per_devices.get(devices, one.default)
            alone, given = recipe.parse([]), recipe.parse([f"{one.flag}={rate}"])
            plan = StepPlan(1281167, alone.batch_size * devices, 10_000_000)
            for step in (0, plan.steps_per_epoch, 20 * plan.steps_per_epoch):
                derived = recipe.learning_rate(alone, plan, step)
                assert recipe.learning_rate(given, plan, step) == pytest.approx(derived), (one.name, devices)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)
def test_every_flag_of_a_toggle_is_one_of_the_engine(profile: Profile) -> None:
    texts = {Input.CHECK: ON, Input.TEXT: "/x.json"}
    chosen = {}
    for offer in profile.toggles:
        toggle = find_toggle(offer.name.value)
        entry = toggle.entry(None, offer, Backend.NPU)
        text = texts.get(entry.input) or entry.options[0]
        chosen[offer.name.value] = toggle.change(None, "", text)
    context = ToggleContext(profile, Backend.NPU, ToggleChoices(**chosen))
    given = {flag for flag, _ in toggle_flags(context, Path("/runs/r1"))}
    known = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9_]*", help_of(profile.engine)))
    assert given and given <= known
