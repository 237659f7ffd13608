"""The monitor on a live run, through a real terminal: cost of console and supervisor, latencies, bytes.

Eight processes print logs, the real supervisor reads them, the real console shows them at 120 × 40. Each line
carries the time of its writing: it is painted when that time comes out of the terminal.
"""

from __future__ import annotations

import os
import pty
import re
import select
import statistics
import struct
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path

import psutil

from bench._by_hand import start_by_hand
from console.runs.control import kill
from console.runs.folder import RunFolder

RANKS, PACE = 8, 10
HISTORY = 5000
"""Lines each rank has printed before the measurement begins."""

SIZE = (120, 40)
SECONDS = 30.0
LAG_SECONDS = 15.0
IDLE_SECONDS = 20.0
FLOOD = 20_000
KEYS = 20
HERE = Path(__file__).parent
WRITTEN_AT = re.compile(rb"at:(\d{10}\.\d{4})")
SHOWN_THROUGHPUT = re.compile(rb"[ m]([1-9]\d\d \d{3})\b")


class Terminal:
    """Our end of the console's terminal: everything it paints, with the time it came."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, environment)
        ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        self.painted: list[tuple[float, bytes]] = []
        self._ended = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while not self._ended.is_set():
            ready, _, _ = select.select([self._master], [], [], 0.2)
            if ready:
                try:
                    data = os.read(self._master, 1 << 16)
                except OSError:
                    return
                self.painted.append((time.time(), data))

    def press(self, keys: str) -> float:
        """Type; returns the time of it."""
        now = time.time()
        os.write(self._master, keys.encode())
        return now

    def wait_for(self, text: bytes, since: float, seconds: float = 20.0) -> float | None:
        """The time at which ``text`` was painted after ``since``."""
        limit = time.time() + seconds
        while time.time() < limit:
            for moment, data in reversed(self.painted):
                if moment < since:
                    break
                if text in data:
                    return moment
            time.sleep(0.002)
        return None

    def since(self, begin: float) -> list[tuple[float, bytes]]:
        """What was painted after ``begin``."""
        return [piece for piece in self.painted if piece[0] >= begin]

    def close(self) -> None:
        """End the console."""
        self._ended.set()
        psutil.Process(self.pid).kill()
        os.waitpid(self.pid, 0)


def start_run(home: Path, pace_file: Path) -> RunFolder:
    """Start eight printing processes under the real supervisor."""
    program = (sys.executable, str(HERE / "_live_rank.py"))
    return start_by_hand(
        home, "live", [(*program, str(rank), str(HISTORY), str(pace_file)) for rank in range(RANKS)]
    )


@contextmanager
def live_run() -> Iterator[tuple[RunFolder, Path]]:
    """A run that prints as the pace file says, killed at the end."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        os.environ["ASCEND_CONSOLE_HOME"] = str(home)
        pace_file = home / "pace"
        set_pace(pace_file, "0")
        folder = start_run(home, pace_file)
        try:
            yield folder, pace_file
        finally:
            kill(folder)
            _wait_until_ended(folder)


def set_pace(pace_file: Path, pace: str) -> None:
    """Tell the ranks how fast to print, in one piece."""
    partial = pace_file.with_suffix(".new")
    partial.write_text(pace)
    partial.replace(pace_file)


def _wait_until_ended(folder: RunFolder) -> None:
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        state = folder.state()
        if state is not None and state.phase.final:
            return
        time.sleep(0.1)


def processor_seconds(pid: int) -> float:
    """User and system time of one process."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def shares(pids: dict[str, int], seconds: float) -> dict[str, float]:
    """The share of one core each process takes during the next ``seconds``."""
    before = {name: processor_seconds(pid) for name, pid in pids.items()}
    begin = time.monotonic()
    time.sleep(seconds)
    spent = time.monotonic() - begin
    return {name: (processor_seconds(pid) - before[name]) / spent for name, pid in pids.items()}


def line_latencies(pieces: list[tuple[float, bytes]], begin: float) -> list[float]:
    """For each log line seen for the first time: milliseconds from its writing to its painting."""
    first: dict[bytes, float] = {}
    for moment, data in pieces:
        for stamp in WRITTEN_AT.findall(data):
            first.setdefault(stamp, moment)
    return [(moment - float(stamp)) * 1000 for stamp, moment in first.items() if float(stamp) >= begin]


def figure_latencies(pieces: list[tuple[float, bytes]], folder: RunFolder, begin: float) -> list[float]:
    """The same for the throughput in the head, which goes through supervisor and store."""
    written = {}
    for text in folder.log_path(0).read_text().splitlines()[-2000:]:
        match = re.search(r"at:([\d.]+) .*FPS:\s*(\d{6})\.\d", text)
        if match:
            written[f"{match[2][:3]} {match[2][3:]}"] = float(match[1])
    first: dict[str, float] = {}
    for moment, data in pieces:
        for shown in SHOWN_THROUGHPUT.findall(data):
            first.setdefault(shown.decode(), moment)
    return [
        (moment - written[shown]) * 1000
        for shown, moment in first.items()
        if shown in written and written[shown] >= begin
    ]


def loop_lags(lag_file: Path, since: float) -> list[float]:
    """Milliseconds by which the event loop was late after monotonic time ``since``."""
    rows = [line.split() for line in lag_file.read_text().splitlines()]
    return [float(row[1]) for row in rows if len(row) == 2 and float(row[0]) >= since]


def percentile(values: list[float], share: float) -> float:
    """A percentile; NaN of nothing."""
    if len(values) < 2:
        return values[0] if values else float("nan")
    return statistics.quantiles(values, n=1000, method="inclusive")[round(share * 1000) - 1]


def key_latencies(terminal: Terminal) -> list[float]:
    """Milliseconds from a key to the repaint it causes: the log stops following, and follows again."""
    terminal.press("\t" * 5)
    time.sleep(1.0)
    found = []
    for _ in range(KEYS):
        for key, text in (("\x1b[A", b"paused"), ("\x1b[F", b"follow")):
            pressed = terminal.press(key)
            painted = terminal.wait_for(text, pressed, 5.0)
            if painted is not None:
                found.append((painted - pressed) * 1000)
            time.sleep(0.25)
    return found


def report(what: str, value: str, target: str) -> None:
    """One row."""
    print(f"{what:<58} {value:>20}   {target}", flush=True)


def main() -> None:
    """Measure live, idle and flooded, and print the table."""
    with live_run() as (folder, pace_file):
        lag_file = folder.path.parent.parent / "lags"
        command = [sys.executable, "-m", "bench._live_console", str(folder.path), str(lag_file)]
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        state = folder.state()
        assert state is not None and state.supervisor is not None
        terminal = Terminal(command, environment)
        pids = {"console": terminal.pid, "supervisor": state.supervisor.pid}
        try:
            time.sleep(12)
            print(f"{RANKS} ranks, {HISTORY} lines of history each, {SIZE[0]} x {SIZE[1]} cells")
            measure_live(terminal, folder, pace_file, lag_file, pids)
            measure_idle(terminal, pace_file, pids)
            measure_flood(terminal, pace_file, pids)
            rss = psutil.Process(terminal.pid).memory_info().rss
            report("memory of the console", f"{rss / 1e6:.0f} MB", "< 120 MB")
        finally:
            terminal.close()


def measure_live(
    terminal: Terminal, folder: RunFolder, pace_file: Path, lag_file: Path, pids: dict[str, int]
) -> None:
    """All ranks print at their pace."""
    set_pace(pace_file, str(PACE))
    time.sleep(3)
    monotonic = time.monotonic()
    time.sleep(LAG_SECONDS)
    lags = loop_lags(lag_file, monotonic)
    # The probe would count as the console's own work.
    lag_file.unlink()
    begin = time.time()
    used = shares(pids, SECONDS)
    pieces = terminal.since(begin)
    lines = line_latencies(pieces, begin)
    figures = figure_latencies(pieces, folder, begin)
    size = sum(len(data) for _, data in pieces)
    both = " + ".join(f"{name} {100 * share:.1f}" for name, share in used.items())
    report(f"live: % of a core ({both})", f"{100 * sum(used.values()):.1f} %", "< 10 %")
    report(
        "live: loop lag p50 / p95",
        f"{percentile(lags, 0.5):.1f} / {percentile(lags, 0.95):.1f} ms",
        "p95 < 30 ms",
    )
    report("live: to the terminal", f"{size / SECONDS / 1000:.1f} kB/s", "< 30 kB/s")
    for what, values in (("line written to log painted", lines), ("line written to head painted", figures)):
        latency = f"{percentile(values, 0.5):.0f} / {percentile(values, 0.99):.0f} ms"
        report(f"live: {what} p50 / p99 ({len(values)})", latency, "< 200 / < 400 ms")


def measure_idle(terminal: Terminal, pace_file: Path, pids: dict[str, int]) -> None:
    """The run lives and prints nothing."""
    set_pace(pace_file, "0")
    time.sleep(4)
    begin = time.time()
    used = shares(pids, IDLE_SECONDS)
    size = sum(len(data) for _, data in terminal.since(begin))
    report("idle: console, % of a core", f"{100 * used['console']:.2f} %", "< 1 %")
    report("idle: to the terminal", f"{size / IDLE_SECONDS / 1000:.2f} kB/s", "< 1 kB/s")


def measure_flood(terminal: Terminal, pace_file: Path, pids: dict[str, int]) -> None:
    """One rank prints as fast as a broken training does."""
    set_pace(pace_file, f"0:{FLOOD}")
    time.sleep(2)
    keys = key_latencies(terminal)
    used = shares(pids, 5)
    latency = f"{percentile(keys, 0.5):.0f} / {percentile(keys, 0.95):.0f} ms"
    report(f"{FLOOD} lines/s: key to repaint p50 / p95 ({len(keys)})", latency, "< 100 ms")
    both = " + ".join(f"{name} {100 * share:.0f}" for name, share in used.items())
    report(f"{FLOOD} lines/s: % of a core ({both})", f"{100 * sum(used.values()):.0f} %", "")


if __name__ == "__main__":
    main()
