"""The profiles and the engines agree: every flag a launch gives is one the engine takes, with that value."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from console.catalog.build import CONSOLE_FLAGS
from console.catalog.loader import load_catalog
from console.catalog.profile import Parameter, ParameterType, Profile
from console.locations import engines_dir, profiles_dir

PROFILES = [one for one in load_catalog([profiles_dir()]).profiles.values() if one.engine is not None]


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
