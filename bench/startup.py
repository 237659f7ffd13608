"""The console in a real terminal: from process start to the first frames, and what it costs when idle.

With 200 past runs in the history: "painted" is the first frame, "form" the moment the first profile's form
is on the screen and takes the launch key, "usable" the moment its checks are done too. A bare Textual app of
three widgets is started in turn with it, since on a busy machine only the ratio means something. "idle" is
measured after everything has settled.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench._past_runs import write_past_runs
from console.launch.options.choices import Choices
from console.launch.service import make_plan
from console.runs.control import kill
from console.runs.folder import RunFolder
from console.runs.launcher import start

STARTS = 7
SIZE = (120, 40)
SETTLE_SECONDS, IDLE_SECONDS = 6.0, 15.0
FIRST_FRAME = b"ascend-console"
FORM = b"Hyper-parameters"
READY = b"Ready to launch"
CONSOLE = [str(Path(sys.executable).with_name("ascend-console"))]
SCREENS = {"launch screen": b"", "runs screen": b"\x1bOR", "monitor": b"\r"}
"""The screens in the order they are gone through, and the keys that lead to each."""

SILENT = """\
name: silent
title: {{en: Silent, zh: 静默}}
framework: numpy
datasets: {{}}
devices: [2]
backends: [cpu]
command:
  argv: ["{{python}}", {script}]
"""
BARE = [
    sys.executable,
    "-c",
    """
from textual.app import App
from textual.widgets import DataTable, Footer, Header
class Bare(App):
    def compose(self):
        yield Header(); yield DataTable(); yield Footer()
    def on_mount(self):
        self.title = "Ready to launch, Hyper-parameters, ascend-console"
Bare().run()
""",
]


@contextmanager
def started(program: list[str], home: Path) -> Iterator[tuple[int, int]]:
    """Start a program on a pseudo-terminal: its pid and our end of the terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        environment = os.environ | {
            "ASCEND_CONSOLE_HOME": str(home),
            "ASCEND_CONSOLE_CONFIG": str(home / "config"),
            "ASCEND_CONSOLE_LANG": "en",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
        }
        os.execve(program[0], program, environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
    try:
        yield pid, terminal
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


def read_for(terminal: int, seconds: float) -> int:
    """Read what the console writes for so long; returns the number of bytes."""
    end, count = time.monotonic() + seconds, 0
    while (left := end - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            count += len(os.read(terminal, 1 << 16))
    return count


def start_times(program: list[str], home: Path) -> dict[str, float]:
    """Milliseconds from the start of the process to each mark on the screen."""
    marks = {"painted": FIRST_FRAME, "form": FORM, "usable": READY}
    begin, seen, times = time.monotonic(), b"", dict[str, float]()
    with started(program, home) as (pid, terminal):
        while len(times) < len(marks) and time.monotonic() - begin < 20:
            if select.select([terminal], [], [], 1.0)[0]:
                seen += os.read(terminal, 1 << 16)
                now = 1000 * (time.monotonic() - begin)
                times |= {name: now for name, mark in marks.items() if mark in seen and name not in times}
        spent = psutil.Process(pid).cpu_times()
    return times | {"cpu": 1000 * (spent.user + spent.system)}


def start_silent_run(home: Path) -> RunFolder:
    """A run of two real processes that print one line and then nothing."""
    script = home / "silent.py"
    script.write_text("import time\nprint('step: 1 loss: 2.0', flush=True)\ntime.sleep(600)\n")
    profiles = home / "config" / "profiles"
    profiles.mkdir(parents=True)
    (profiles / "silent.yaml").write_text(SILENT.format(script=script))
    os.environ |= {"ASCEND_CONSOLE_HOME": str(home), "ASCEND_CONSOLE_CONFIG": str(home / "config")}
    return start(make_plan(Choices(profile="silent", devices=2)))


def print_idle_cost(home: Path) -> None:
    """The cost of each screen while a live run prints nothing: processor, bytes to the terminal, memory."""
    with started(CONSOLE, home) as (pid, terminal):
        process = psutil.Process(pid)
        for name, key in SCREENS.items():
            os.write(terminal, key)
            read_for(terminal, SETTLE_SECONDS)
            before = process.cpu_times()
            rate = read_for(terminal, IDLE_SECONDS) / IDLE_SECONDS
            after = process.cpu_times()
            busy = 100 * (after.user + after.system - before.user - before.system) / IDLE_SECONDS
            print(f"idle, {name:22}{busy:8.2f} % of a core{rate:8.0f} B/s   < 1 %, < 1000 B/s")
        print(f"{'memory':28}{process.memory_info().rss / 1e6:7.0f} MB{'':24}< 120 MB")


def print_row(name: str, values: list[float], reference: float, target: str) -> None:
    """One line of the table: median, best, and the median against the bare app's."""
    median = statistics.median(values)
    print(f"{name:28}{median:7.0f} ms{min(values):7.0f} ms{median / reference:8.2f}x   {target}")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_past_runs(home / "runs", 200, newest=time.time() - 3600)
        start_times(
            CONSOLE, home
        )  # Fills the caches of interpreters, bytecode and history, as earlier starts did.
        bare, full = [], []
        for _ in range(STARTS):
            bare.append(start_times(BARE, home))
            full.append(start_times(CONSOLE, home))
        print(f"{'':28}{'median':>10}{'best':>10}{'to bare':>9}   target")
        reference = statistics.median(times["painted"] for times in bare)
        print_row("bare Textual app painted", [times["painted"] for times in bare], reference, "")
        print_row("start to painted", [times["painted"] for times in full], reference, "")
        print_row("start to form", [times["form"] for times in full], reference, "< 400 ms")
        print_row("start to usable", [times["usable"] for times in full], reference, "")
        spent = statistics.median(times["cpu"] for times in bare)
        print_row("processor time, bare", [times["cpu"] for times in bare], spent, "")
        print_row("processor time to usable", [times["cpu"] for times in full], spent, "")
        run = start_silent_run(home)
        try:
            print_idle_cost(home)
        finally:
            kill(run)


if __name__ == "__main__":
    main()
