"""The cost of a supervisor: resident memory on a short and on a long run, and processor time while idle."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench._by_hand import start_by_hand
from console.locations import HOME_VARIABLE
from console.runs import control
from console.runs.adoption import observed_state
from console.runs.folder import RunFolder

RANKS = 8
LINES = 62_500
"""Lines each rank prints, of four metrics each."""

IDLE_SECONDS = 10.0

RANK = """
import sys, time
for step in range({lines}):
    print(f"step: {{step}} loss: {{2 / (1 + step):.5f}} lr: 0.01 FPS: 310.5 top1: 0.5", flush=step % 100 == 0)
sys.stdout.flush()
time.sleep(3600)
"""


def launch(home: Path, name: str, lines: int) -> RunFolder:
    """Start ``RANKS`` processes that print and then wait."""
    script = home / f"{name}.py"
    script.write_text(RANK.format(lines=lines))
    return start_by_hand(home, name, [(sys.executable, str(script))] * RANKS)


def wait_for(condition: Callable[[], bool]) -> None:
    """Poll without a deadline: a benchmark is watched by a person."""
    while not condition():
        time.sleep(0.05)


def supervisor_of(folder: RunFolder) -> int:
    """The supervisor's process."""
    state = folder.state()
    assert state is not None and state.supervisor is not None
    return state.supervisor.pid


def memory(pid: int, field: str) -> float:
    """Megabytes: ``VmRSS`` is resident now, ``VmHWM`` the most so far."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def processor_seconds(pid: int) -> float:
    """Processor time used so far, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def all_read(folder: RunFolder, lines: int) -> bool:
    """True when every rank's last line is in the state."""
    return all(rank.last_step == lines - 1 for rank in observed_state(folder).ranks)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder_name:
        home = Path(folder_name)
        os.environ[HOME_VARIABLE] = str(home)
        quiet = launch(home, "quiet", 10)
        wait_for(lambda: all_read(quiet, 10))
        pid = supervisor_of(quiet)
        time.sleep(3.0)
        before, begin = processor_seconds(pid), time.monotonic()
        time.sleep(IDLE_SECONDS)
        idle = (processor_seconds(pid) - before) / (time.monotonic() - begin)
        print(f"{'supervisor of 8 ranks, resident':44} {memory(pid, 'VmRSS'):8.1f} MB   target < 40 MB")
        print(f"{'the same, idle':44} {idle:8.2%} of a core   target < 0.3 %")

        begin = time.monotonic()
        busy = launch(home, "busy", LINES)
        wait_for(lambda: all_read(busy, LINES))
        seconds, pid = time.monotonic() - begin, supervisor_of(busy)
        millions = RANKS * LINES * 4 / 1e6
        print(f"{f'after {millions:.1f} million samples':44} {memory(pid, 'VmRSS'):8.1f} MB   target < 40 MB")
        print(f"{'the most on the way':44} {memory(pid, 'VmHWM'):8.1f} MB   target < 40 MB")
        print(f"{'log to store, ranks printing meanwhile':44} {RANKS * LINES / seconds:8.0f} lines/s")
        for folder in (quiet, busy):
            control.kill(folder)
            wait_for(lambda folder=folder: observed_state(folder).phase.final)


if __name__ == "__main__":
    main()
