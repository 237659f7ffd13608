"""What a terminal is told of runs while its operator looks elsewhere: real runs, the console on a real terminal."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from .conftest import Console
from .terminal import terminal_of

CTRL_Q, F6 = b"\x11", b"\x1b[17~"
ONE_LIVE_RUN = "● 1"
PROGRAM = [str(Path(sys.executable).with_name("ascend-console"))]


def end_rank(console: Console, run: str, number: int) -> None:
    """Send a signal to the one rank of a run."""
    (rank,) = json.loads(console("show", run, "--json").stdout)["state"]["ranks"]
    os.kill(rank["process"]["pid"], number)


@pytest.mark.parametrize(
    ("number", "told"), [(signal.SIGKILL, "has failed."), (signal.SIGTERM, "has finished.")]
)
def test_the_end_of_a_run_reaches_bell_and_desktop(
    console: Console, environment: dict[str, str], number: int, told: str
) -> None:
    plain = {name: value for name, value in environment.items() if name != "TMUX"} | {"TERM": "xterm"}
    with terminal_of(PROGRAM, plain) as terminal:
        terminal.until("Launch")
        run = console("run", "toy", "--detach", "--steps=4000", "--pause=0.1").stdout.strip()
        terminal.until(ONE_LIVE_RUN)
        end_rank(console, run, number)
        terminal.until(f"\x07\x1b]9;Run {run} {told}\x07")
        terminal.send(CTRL_Q)
        terminal.until_end()
    assert terminal.seen.count(b"\x1b]9;") == 1


def test_it_can_be_switched_off(console: Console, home: Path, environment: dict[str, str]) -> None:
    with terminal_of(PROGRAM, environment | {"TERM": "xterm"}) as terminal:
        terminal.until("Launch")
        terminal.send(F6)
        terminal.until("No bell")
        run = console("run", "toy", "--detach", "--steps=4000", "--pause=0.1").stdout.strip()
        terminal.until(ONE_LIVE_RUN)
        end_rank(console, run, signal.SIGKILL)
        terminal.until("has failed")
        terminal.send(CTRL_Q)
        terminal.until_end()
    assert b"\x1b]9;" not in terminal.seen
    assert json.loads((home / "settings.json").read_text())["notifications"] is False
