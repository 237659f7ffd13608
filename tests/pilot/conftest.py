"""A console home of its own for every test, a toy training script in it, and nothing left running afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from console.i18n import Language, set_language

TRAINER = """
import os, signal, sys, time

steps = int(sys.argv[1].partition("=")[2])
pause = float(sys.argv[2].partition("=")[2])
asked = []
signal.signal(signal.SIGTERM, lambda number, frame: asked.append(number))
for step in range(1, steps + 1):
    print(f"step: {step} loss: {1 / step:.6f} lr: 0.1 FPS: 100.0", flush=True)
    if asked:
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
  steps: {{type: int, default: 20, minimum: 1, maximum: 100000, help: {{en: How many., zh: 步数。}}}}
  pause: {{type: float, default: 0.0, minimum: 0, help: {{en: Seconds., zh: 秒。}}}}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A console home, in English, with the profile ``toy`` beside the built-in ones."""
    script = tmp_path / "train.py"
    script.write_text(TRAINER, "utf-8")
    profiles = tmp_path / "config" / "profiles"
    profiles.mkdir(parents=True)
    (profiles / "toy.yaml").write_text(PROFILE.format(script=script), "utf-8")
    monkeypatch.setenv("ASCEND_CONSOLE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASCEND_CONSOLE_CONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("ASCEND_CONSOLE_LANG", raising=False)
    set_language(Language.ENGLISH)
    yield tmp_path / "home"
    set_language(Language.ENGLISH)
    for process in psutil.process_iter(["cmdline"]):
        if any(str(tmp_path) in word for word in process.info["cmdline"] or ()):
            process.kill()
