"""Finding interpreters and what lies beside them, with real interpreters and real folders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from console.launch.machine.host import Runtime
from console.launch.machine.interpreters import RUNTIMES_VARIABLE, candidate_interpreters, probe
from console.launch.machine.packages import merge_packages, scan_folder
from console.launch.machine.runtimes import discover_runtimes
from console.locations import HOME_VARIABLE

MARK = "started"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of our own, for the console and for the look-up of conda and pyenv."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    return tmp_path / "home"


def environment(*named: Path, **variables: str) -> dict[str, str]:
    return {RUNTIMES_VARIABLE: os.pathsep.join(map(str, named)), "PATH": "", **variables}


def make_venv(folder: Path) -> Path:
    venv.create(folder, symlinks=True, with_pip=False)
    return folder / "bin" / "python"


def site_packages(folder: Path) -> Path:
    return next((folder / "lib").glob("python3*")) / "site-packages"


def install(site: Path, *names: str) -> None:
    for name in names:
        (site / name).mkdir(parents=True)


def wrapper(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
    path.chmod(0o755)
    return path


def found(*named: Path, **variables: str) -> dict[Path, Runtime]:
    return {one.python: one for one in discover_runtimes(environment(*named, **variables))}


def test_an_environment_is_found_with_its_packages_and_a_short_name(home: Path, tmp_path: Path) -> None:
    python = make_venv(tmp_path / "tf1")
    install(
        site_packages(tmp_path / "tf1"), "tensorflow-1.15.0.dist-info", "npu_bridge-1.15.0-py3.7.egg-info"
    )
    runtime = found(tmp_path / "tf1")[python]
    assert runtime.name == "tf1.15"
    assert runtime.python_version == ".".join(map(str, sys.version_info[:3]))
    assert runtime.packages["tensorflow"] == "1.15.0"
    assert runtime.packages["npu-bridge"] == "1.15.0"


def test_our_own_interpreter_is_always_among_them(home: Path) -> None:
    assert Path(sys.executable) in found()


def test_links_are_one_runtime_and_environments_are_apart(home: Path, tmp_path: Path) -> None:
    first, second = make_venv(tmp_path / "a"), make_venv(tmp_path / "b")
    install(site_packages(tmp_path / "a"), "torch-2.1.0.dist-info")
    install(site_packages(tmp_path / "b"), "torch-2.1.0.dist-info")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "a")
    runtimes = discover_runtimes(environment(first, link, second))
    ours = [one for one in runtimes if one.packages.get("torch") == "2.1.0"]
    assert [one.python for one in ours] == [first, second]
    assert len({one.name for one in runtimes}) == len(runtimes)
    assert ours[0].name == "torch2.1"


def test_broken_and_foreign_interpreters_are_passed_over(home: Path, tmp_path: Path) -> None:
    good = make_venv(tmp_path / "good")
    crashing = wrapper(tmp_path / "crash", "exit 3")
    garbage = wrapper(tmp_path / "garbage", "echo hello")
    python2 = wrapper(tmp_path / "two", 'echo \'[[2, 7, 18], "/p", "/q", []]\'')
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "nowhere")
    not_executable = tmp_path / "text"
    not_executable.write_text("x")
    runtimes = found(crashing, garbage, python2, dangling, not_executable, tmp_path / "absent", good)
    assert good in runtimes
    assert not {crashing, garbage, python2, not_executable} & set(runtimes)


def test_an_interpreter_that_hangs_is_given_up(tmp_path: Path) -> None:
    assert probe(wrapper(tmp_path / "hang", "exec sleep 600"), timeout=0.5) is None


def test_a_wrapper_named_on_purpose_is_kept_as_what_is_started(home: Path, tmp_path: Path) -> None:
    python = make_venv(tmp_path / "env")
    script = wrapper(tmp_path / "with-cann", f'exec "{python}" "$@"')
    assert found(script)[script].python_version.startswith("3.")


def test_known_interpreters_are_not_started_again(home: Path, tmp_path: Path) -> None:
    python = make_venv(tmp_path / "env")
    log = tmp_path / "starts"
    script = wrapper(tmp_path / "counting", f'echo x >> "{log}"; exec "{python}" "$@"')
    for _ in range(3):
        assert script in found(script)
    assert log.read_text().count("x") == 1
    wrapper(script, f'echo x >> "{log}"; exec  "{python}" "$@"')
    assert script in found(script)
    assert log.read_text().count("x") == 2


def test_what_is_installed_later_is_seen(home: Path, tmp_path: Path) -> None:
    python = make_venv(tmp_path / "env")
    site = site_packages(tmp_path / "env")
    assert "torch" not in found(python)[python].packages
    install(site, "torch-2.1.0.dist-info")
    assert found(python)[python].packages["torch"] == "2.1.0"
    (site / "torch-2.1.0.dist-info").rmdir()
    assert "torch" not in found(python)[python].packages


def test_an_adapter_on_pythonpath_counts(home: Path, tmp_path: Path) -> None:
    python = make_venv(tmp_path / "env")
    plugin = tmp_path / "tfplugin"
    install(plugin, "npu_device")
    (plugin / "npu_device" / "__init__.py").touch()
    assert "npu-device" in found(python, PYTHONPATH=str(plugin))[python].packages
    assert "npu-device" not in found(python)[python].packages


def test_nothing_found_is_ever_imported(home: Path, tmp_path: Path) -> None:
    python = make_venv(tmp_path / "env")
    for name in ("tensorflow", "torch_npu"):
        install(site_packages(tmp_path / "env"), name)
        trap = f"open({str(tmp_path / MARK)!r}, 'w')"
        (site_packages(tmp_path / "env") / name / "__init__.py").write_text(trap)
    packages = found(python)[python].packages
    assert {"tensorflow", "torch-npu"} <= set(packages)
    assert packages["tensorflow"] == ""
    assert not (tmp_path / MARK).exists()


def test_a_damaged_or_unwritable_cache_costs_nothing_but_time(home: Path, tmp_path: Path) -> None:
    python = make_venv(tmp_path / "env")
    assert python in found(python)
    cache = home / "cache" / "runtimes.json"
    for text in ("", "[]", "{", '{"version": 1, "interpreters": 3}', '{"version": 0}'):
        cache.write_text(text)
        assert python in found(python)
    assert json.loads(cache.read_text())["version"] == 1
    cache.unlink()
    cache.mkdir()
    assert python in found(python)


def test_where_interpreters_are_looked_for(home: Path, tmp_path: Path) -> None:
    places = {
        "pyenv": tmp_path / "pyenv" / "versions" / "3.7.5" / "bin" / "python",
        "conda": tmp_path / "user" / "miniconda3" / "envs" / "tf" / "bin" / "python",
        "listed": tmp_path / "elsewhere" / "bin" / "python",
        "path": tmp_path / "bin" / "python3.9",
        "active": tmp_path / "venv" / "bin" / "python",
        "settings": tmp_path / "mine" / "python",
    }
    for place in places.values():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"\x7fELF")
    wrapper(tmp_path / "bin" / "python3", "exec something")
    (tmp_path / "bin" / "python3-config").touch()
    listed = tmp_path / "user" / ".conda" / "environments.txt"
    listed.parent.mkdir(parents=True)
    listed.write_text(f"{tmp_path / 'elsewhere'}\n\n")
    home.mkdir(parents=True)
    (home / "settings.json").write_text(json.dumps({"runtimes": [str(places["settings"]), 3]}))
    candidates = list(
        candidate_interpreters(
            environment(
                PATH=str(tmp_path / "bin"),
                PYENV_ROOT=str(tmp_path / "pyenv"),
                VIRTUAL_ENV=str(tmp_path / "venv"),
            )
        )
    )
    assert set(places.values()) <= set(candidates)
    assert candidates[0] == places["settings"]
    assert tmp_path / "bin" / "python3" not in candidates
    assert tmp_path / "bin" / "python3-config" not in candidates


def test_packages_are_told_from_the_names_of_their_metadata(tmp_path: Path) -> None:
    install(
        tmp_path,
        "tensorflow_cpu-2.16.1.dist-info",
        "torch-2.1.0+cpu.dist-info",
        "Foo.Bar-1.0.dist-info",
        "odd.egg-info",
        "torch_npu",
        "numpy",
    )
    (tmp_path / "odd.egg-info" / "PKG-INFO").write_text("Name: odd\nVersion: 4.5\n")
    (tmp_path / "old-0.1-py2.7.egg-info").write_text("Version: 0.1\n")
    assert scan_folder(tmp_path) == {
        "tensorflow-cpu": "2.16.1",
        "tensorflow": "2.16.1",
        "torch": "2.1.0+cpu",
        "foo-bar": "1.0",
        "odd": "4.5",
        "old": "0.1",
    }
    assert scan_folder(tmp_path / "absent") == {}
    assert merge_packages([{"a": "", "b": "1"}, {"a": "2", "b": "3"}]) == {"a": "2", "b": "1"}


def test_discovery_imports_no_framework(home: Path) -> None:
    code = (
        "import sys; from console.launch.machine.runtimes import discover_runtimes; discover_runtimes()\n"
        "print([name for name in ('tensorflow', 'torch', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
