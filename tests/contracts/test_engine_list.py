"""``engines.json`` is the one list of engines: console, command line, folders and profiles agree with it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from console.catalog.loader import load_catalog
from console.catalog.profile import Profile
from console.catalog.schema import PROFILE
from console.locations import engines_dir, engines_file, profiles_dir

ENGINES: dict[str, dict[str, str]] = json.loads(engines_file().read_text())
PROFILES = [one for one in load_catalog([profiles_dir()]).profiles.values() if one.engine is not None]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(engines_dir()), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_the_list_names_every_folder_that_trains_and_no_other() -> None:
    trained = {path.parent.name for path in engines_dir().glob("*/train.py")}
    with_recipe = {path.parent.name for path in engines_dir().glob("*/recipe.py")}
    assert set(ENGINES) == trained == with_recipe


def test_the_console_offers_the_listed_engines() -> None:
    assert PROFILE.keys["engine"].kind.words() == tuple(ENGINES)  # type: ignore[attr-defined]


def test_the_command_line_takes_the_listed_engines_alone() -> None:
    assert f"engines: {', '.join(ENGINES)}\n" in run("--help").stdout
    folders = {path.parent.name for path in engines_dir().glob("*/__init__.py")}
    for folder in sorted(folders - set(ENGINES)):
        refused = run(folder)
        assert refused.returncode == 2
        assert refused.stderr.startswith(f"There is no engine '{folder}'")
        assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)
def test_a_profile_names_framework_and_adapter_of_its_engine(profile: Profile) -> None:
    entry = ENGINES[str(profile.engine)]
    assert profile.framework == entry["framework"]
    assert profile.adapters in ((), (entry["adapter"],)), "none means those of the framework"
