"""``profiles`` on the command line: data on stdout, talk on stderr, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.catalog.schema import json_schema, schema_markdown
from console.cli.main import run_command
from console.errors import ExitCode
from console.locations import CONFIG_VARIABLE, HOME_VARIABLE, profiles_dir, user_profiles_dir

BAD = "name: mine\nextends: alexnet\ndevices: [two]\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "config"))
    user_profiles_dir().mkdir(parents=True)


@pytest.mark.parametrize("verb", [[], ["list"]])
def test_the_list_goes_on_where_a_file_is_wrong(verb: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    file = user_profiles_dir() / "mine.yaml"
    file.write_text(BAD)
    assert run_command(["profiles", *verb]) == ExitCode.OK
    out, err = capsys.readouterr()
    assert "alexnet" in out
    assert "mine" not in out
    assert err.startswith(f"{file}:3: devices.0: ")


def test_the_list_and_a_profile_are_json_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["profiles", "list", "--json"]) == ExitCode.OK
    (listed,) = [one for one in json.loads(capsys.readouterr().out) if one["name"] == "alexnet"]
    assert run_command(["profiles", "show", "alexnet", "--json"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out) == listed
    assert listed["datasets"][0]["dataset"] == "digits"


def test_a_profile_is_shown_with_its_defaults_per_data_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["profiles", "show", "alexnet"]) == ExitCode.OK
    out = capsys.readouterr().out
    row = next(line for line in out.splitlines() if line.startswith("--num_classes"))
    assert row.split()[1:3] == ["10", "1000"]
    assert "60.12 %" in out
    assert "33500" in out


def test_an_unknown_profile_ends_with_its_own_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["profiles", "show", "alexnt"]) == ExitCode.NOT_FOUND
    out, err = capsys.readouterr()
    assert out == ""
    assert "alexnet" in err


def test_files_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = profiles_dir() / "alexnet.yaml", tmp_path / "bad.yaml"
    bad.write_text(BAD)
    assert run_command(["profiles", "check", str(good)]) == ExitCode.OK
    assert capsys.readouterr().out == ""
    assert run_command(["profiles", "check", str(good), str(bad)]) == ExitCode.FAILED
    assert capsys.readouterr().out.startswith(f"{bad}:3: devices.0: ")
    assert run_command(["profiles", "check", str(bad), "--json"]) == ExitCode.FAILED
    (problem,) = json.loads(capsys.readouterr().out)
    assert (problem["file"], problem["line"], problem["key"]) == (str(bad), 3, "devices.0")
    assert "two" in problem["message"]
    assert run_command(["profiles", "check", str(tmp_path / "absent.yaml")]) == ExitCode.FAILED


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["profiles", "schema"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out) == json_schema()
    assert run_command(["profiles", "schema", "--markdown"]) == ExitCode.OK
    assert capsys.readouterr().out == schema_markdown()
