"""Engines as real processes of the interpreter that ``ENGINE_PYTHON`` names; by default the one of the tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from console.hosts.port_search import free_ports

ENGINE_PYTHON = os.environ.get("ENGINE_PYTHON", sys.executable)
ENGINES = Path(__file__).parents[2] / "engines"
SCRIPTS = Path(__file__).parent / "scripts"
DEADLINE = 240.0
"""Seconds after which a process hangs for sure, even where a framework starts slowly on a busy machine."""

TINY: dict[str, Any] = {
    "num_classes": 10,
    "image_size": 64,
    "dense_units": 32,
    "batch_size": 16,
    "threads": 1,
    "backend": "cpu",
}
"""The smallest AlexNet that is still one: every layer, 2.6 million parameters."""


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Poll until ``condition`` holds; a generous deadline turns a hang into a failure."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def flags(options: Mapping[str, Any]) -> list[str]:
    """``options`` as a command line."""
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]


def rank_environment(rank: int, ports: tuple[int, ...]) -> dict[str, str]:
    """What a launcher adds to the environment of ``rank`` on CPU."""
    cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
    task = {"type": "worker", "index": rank}
    several = {"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})} if len(ports) > 1 else {}
    return {"RANK_ID": str(rank), "RANK_SIZE": str(len(ports)), **several}


class Run:
    """The ranks of one run of an engine, each a process that writes ``rank-N.log`` into the run folder."""

    def __init__(
        self, folder: Path, python: str, engine: str, ranks: int, options: Mapping[str, Any]
    ) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        folder.mkdir(parents=True, exist_ok=True)
        command = [python, str(ENGINES), engine, *flags({"run_dir": folder, **options})]
        ports = free_ports(ranks) if ranks > 1 else (0,)
        for rank in range(ranks):
            with self.log(rank).open("ab") as log:
                environment = {**os.environ, "PYTHONUNBUFFERED": "1", **rank_environment(rank, ports)}
                self.processes.append(
                    subprocess.Popen(
                        command,
                        env=environment,
                        cwd=folder,
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                    )
                )

    def log(self, rank: int = 0) -> Path:
        """The log of ``rank``."""
        return self.folder / f"rank-{rank}.log"

    def text(self, rank: int = 0) -> str:
        """What ``rank`` has printed so far."""
        return self.log(rank).read_text(encoding="utf-8", errors="replace")

    def lines(self, start: str, rank: int = 0) -> list[str]:
        """The whole lines of ``rank`` that begin with ``start``."""
        whole = self.text(rank).rpartition("\n")[0]
        return [line for line in whole.split("\n") if line.startswith(start)]

    def events(self, kind: str, rank: int = 0) -> list[dict[str, Any]]:
        """The events of one kind that ``rank`` has told."""
        told = [json.loads(line.removeprefix("@event ")) for line in self.lines("@event ", rank)]
        return [event for event in told if event["kind"] == kind]

    def result(self) -> dict[str, Any]:
        """What ``result.json`` holds."""
        found: dict[str, Any] = json.loads((self.folder / "result.json").read_text())
        return found

    def wait(self) -> list[int]:
        """The exit codes of all ranks, once they have ended."""
        deadline = time.monotonic() + DEADLINE
        return [process.wait(max(0.1, deadline - time.monotonic())) for process in self.processes]

    def wait_for_line(self, start: str, rank: int = 0, count: int = 1) -> None:
        """Wait until ``rank`` has printed ``count`` lines that begin with ``start``."""

        def come() -> bool:
            assert self.processes[rank].poll() is None, f"rank {rank} ended first:\n{self.text(rank)}"
            return len(self.lines(start, rank)) >= count

        wait_for(come, f"'{start}' of rank {rank} in\n{self.text(rank)}")

    def finish(self) -> Run:
        """Wait for a run that must end well."""
        assert self.wait() == [0] * len(self.processes), "\n".join(map(self.text, range(len(self.processes))))
        return self

    def end(self) -> None:
        """Leave no process behind."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                process.wait()


class Launcher:
    """Starts AlexNet and remembers what it started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._runs: list[Run] = []

    def start(self, name: str, ranks: int = 1, python: str = ENGINE_PYTHON, **options: Any) -> Run:
        """Start a tiny AlexNet with ``options`` in the run folder ``name``."""
        run = Run(self.folder / name, python, "alexnet", ranks, {**TINY, **options})
        self._runs.append(run)
        return run

    def end(self) -> None:
        """Leave no process behind."""
        for run in self._runs:
            run.end()


def run_engine(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """An engine command that ends by itself, with ``environment`` added."""
    return subprocess.run(
        [ENGINE_PYTHON, str(ENGINES), *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


def run_script(name: str, *arguments: object, python: str = ENGINE_PYTHON) -> Any:
    """What the script ``name`` prints as JSON on its last line, run beside the package ``engines``."""
    done = subprocess.run(
        [python, str(SCRIPTS / name), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ENGINES.parent)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().split("\n")[-1])
