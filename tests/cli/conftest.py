"""A home of its own, a toy training script under a user profile, and the command line as a subprocess."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

TRAINER = """
import os, signal, sys, time

rank, steps = int(os.environ["RANK_ID"]), int(sys.argv[1].partition("=")[2])
pause = float(sys.argv[2].partition("=")[2])
fail_at = int(sys.argv[3].partition("=")[2])
asked = []
signal.signal(signal.SIGTERM, lambda number, frame: asked.append(number))
for step in range(1, steps + 1):
    print(f"step: {step} loss: {1 / step:.6f} lr: 0.1 FPS: 100.0", flush=True)
    if step == fail_at and rank == 1:
        raise ValueError("the loss has left the building")
    if asked:
        print("stopping", flush=True)
        sys.exit(0)
    time.sleep(pause)
"""

PROFILE = """\
name: toy
title: {{en: Toy, zh: 玩具}}
framework: numpy
datasets: {{}}
devices: [1, 2]
backends: [cpu]
command:
  argv: ["{{python}}", {script}]
parameters:
  steps: {{type: int, default: 20, minimum: 1, help: {{en: Steps., zh: 步数。}}}}
  pause: {{type: float, default: 0.0, minimum: 0, help: {{en: Seconds., zh: 秒。}}}}
  fail_at: {{type: int, default: 0, help: {{en: Step at which rank 1 fails., zh: rank 1 失败的步。}}}}
"""

Console = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A console home with the profile ``toy``; whatever still runs from it at the end is killed."""
    script = tmp_path / "train.py"
    script.write_text(TRAINER, "utf-8")
    profiles = tmp_path / "config" / "profiles"
    profiles.mkdir(parents=True)
    (profiles / "toy.yaml").write_text(PROFILE.format(script=script), "utf-8")
    (tmp_path / "data").mkdir()
    yield tmp_path / "home"
    for process in psutil.process_iter(["cmdline"]):
        if any(str(tmp_path) in word for word in process.info["cmdline"] or ()):
            process.kill()


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """The environment of a user of that home."""
    return os.environ | {
        "ASCEND_CONSOLE_HOME": str(home),
        "ASCEND_CONSOLE_CONFIG": str(home.parent / "config"),
        "ASCEND_CONSOLE_LANG": "en",
    }


@pytest.fixture
def console(home: Path, environment: dict[str, str]) -> Console:
    """``console("runs", "--json")`` runs the installed command and returns what it did."""
    script = Path(sys.executable).with_name("ascend-console")

    def run(*words: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(script), *words],
            env=environment | changes,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run
