"""The built wheel carries what the main job needs, and finds it where pip puts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the unpacked wheel, as site-packages would."""
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = target.glob("*.whl")
    site = target / "site"
    zipfile.ZipFile(wheel).extractall(site)
    return site


def run_installed(site: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command line from a folder that is not the source tree."""
    environment = os.environ | {"PYTHONPATH": str(site), "ASCEND_CONSOLE_HOME": str(home)}
    environment |= {"ASCEND_CONSOLE_CONFIG": str(home / "config"), "ASCEND_CONSOLE_LANG": "en"}
    program = "import sys; from console.cli.entry import main; sys.argv[0] = 'ascend-console'; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *words], cwd=home, env=environment, capture_output=True, text=True
    )


def test_the_wheel_holds_everything_but_the_tests(installed: Path) -> None:
    top = {path.name for path in installed.iterdir()}
    assert {"console"} == {name for name in top if not name.endswith(".dist-info")}
    for name in ("engines/__main__.py", "engines/alexnet/model.py", "profiles/alexnet.yaml"):
        assert (installed / "console" / "_bundled" / name).is_file()
    assert list((installed / "console").rglob("*.tcss")) or list(
        (installed / "console" / "tui").rglob("*.py")
    )
    assert (installed / "console" / "i18n" / "messages" / "cli.json").is_file()


def test_the_installed_console_plans_with_its_own_engines(installed: Path, tmp_path: Path) -> None:
    planned = run_installed(installed, tmp_path, "run", "alexnet", "--devices", "2", "--dry-run", "--json")
    assert planned.returncode == 0, planned.stderr
    plan = json.loads(planned.stdout)
    assert [rank["rank"] for rank in plan["ranks"]] == [0, 1]
    assert str(installed / "console" / "_bundled" / "engines") in plan["ranks"][0]["argv"]
