"""Real runs of real processes in a home of their own, and nothing left of them afterwards."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from console.catalog.profile import Backend
from console.launch.options.choices import Choices, ToggleChoices
from console.launch.plan import LaunchPlan, RankCommand
from console.locations import HOME_VARIABLE
from console.metrics.samples import Event
from console.metrics.store import SampleStore
from console.runs.adoption import observed_state
from console.runs.folder import RunFolder
from console.runs.launcher import start
from console.runs.spec.policy import SupervisionPolicy, default_policy
from console.runs.state import RunState

DEADLINE = 60.0

QUICK = replace(default_policy(), grace_seconds=30.0, failure_grace_seconds=2.0, leftover_seconds=0.2)
"""Patient with ranks that leave when asked, short with those that do not."""

HASTY = replace(QUICK, grace_seconds=0.5, failure_grace_seconds=0.3)


def wait_for(condition: Callable[[], object], what: str = "the condition") -> None:
    """Poll until ``condition`` holds; a generous deadline turns a hang into a failure."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)


def wait_for_end(folder: RunFolder) -> RunState:
    """The final state, as the supervisor wrote it."""
    wait_for(lambda: (state := folder.state()) is not None and state.phase.final, f"the end of {folder}")
    state = folder.state()
    assert state is not None
    return state


def alive(pid: int) -> bool:
    """True while a process runs; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def rank_pid(folder: RunFolder, rank: int = 0) -> int:
    """The process of a rank."""
    state = folder.state()
    assert state is not None
    process = state.ranks[rank].process
    assert process is not None
    return process.pid


def supervisor_pid(folder: RunFolder) -> int:
    """The supervisor that is written down."""
    state = folder.state()
    assert state is not None and state.supervisor is not None
    return state.supervisor.pid


def kill_supervisor(folder: RunFolder) -> None:
    """kill -9, and wait until it is gone."""
    pid = supervisor_pid(folder)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not alive(pid), "the supervisor's death")
    wait_for(lambda: observed_state(folder).supervisor is None, "the supervisor's death to show")


def events(folder: RunFolder, kind: str | None = None) -> list[Event]:
    """The stored events, all or of one kind."""
    with SampleStore.open(folder.store_path, readonly=True) as store:
        return [event for _, event in store.events() if kind in (None, event.kind)]


def stored(folder: RunFolder, name: str, rank: int = 0) -> list[tuple[int, float]]:
    """Every stored sample of a metric as (step, value), in order."""
    with SampleStore.open(folder.store_path, readonly=True) as store:
        return [(sample.step, sample.value) for sample in store.samples(name, rank)]


def printed(folder: RunFolder, text: str, rank: int = 0) -> bool:
    """True when a rank has printed ``text``."""
    path = folder.log_path(rank)
    return path.exists() and text.encode() in path.read_bytes()


class Launcher:
    """Writes rank scripts in Python and starts them as a run; a script finds its rank in ``sys.argv[1]``."""

    def __init__(self, home: Path, scripts: Path) -> None:
        self.home = home
        self.scripts = scripts
        self._count = 0

    def plan(self, script: str, ranks: int = 1, **changes: object) -> LaunchPlan:
        """A plan made by hand, with ``{run_dir}`` in the script as the run folder."""
        self._count += 1
        run_dir = self.home / "runs" / f"run-{self._count}"
        path = self.scripts / f"rank-{self._count}.py"
        path.write_text(textwrap.dedent(script).replace("{run_dir}", str(run_dir)))
        plan = LaunchPlan(
            run_name=run_dir.name,
            profile="by-hand",
            dataset="",
            data_dir=Path(),
            backend=Backend.CPU,
            runtime=None,
            parameters={},
            toggles=ToggleChoices(),
            choices=Choices(profile="by-hand"),
            ranks=tuple(
                RankCommand(
                    rank,
                    rank,
                    (sys.executable, "-u", str(path), str(rank)),
                    {"RANK_ID": str(rank), "RANK_SIZE": str(ranks)},
                )
                for rank in range(ranks)
            ),
            findings=(),
            cwd=run_dir,
            run_dir=run_dir,
        )
        return replace(plan, **changes)  # type: ignore[arg-type]

    def engine_plan(self, script: str, ranks: int = 1, **changes: object) -> LaunchPlan:
        """The same with the script as an engine, whose rank is in ``RANK_ID``."""
        plan = self.plan(script, ranks, **changes)
        engines = self.scripts / f"engine-{self._count}" / "engines"
        engines.mkdir(parents=True)
        (engines / "__main__.py").write_bytes(Path(plan.ranks[0].argv[2]).read_bytes())
        argv = (sys.executable, str(engines), "toy", f"--run_dir={plan.run_dir}")
        environment = {"PYTHONUNBUFFERED": "1"}
        return replace(
            plan, ranks=tuple(replace(one, argv=argv, env={**one.env, **environment}) for one in plan.ranks)
        )

    def __call__(
        self, script: str, ranks: int = 1, policy: SupervisionPolicy = QUICK, **changes: object
    ) -> RunFolder:
        """Start the script as a run."""
        return start(self.plan(script, ranks, **changes), policy)

    def engine(
        self, script: str, ranks: int = 1, policy: SupervisionPolicy = QUICK, **changes: object
    ) -> RunFolder:
        """Start the script as an engine's run."""
        return start(self.engine_plan(script, ranks, **changes), policy)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own; whatever was started with it is killed at the end."""
    path = tmp_path / "home"
    monkeypatch.setenv(HOME_VARIABLE, str(path))
    yield path
    for process in started_with(path):
        process.kill()
    wait_for(lambda: not started_with(path), "the last process of the test")


def started_with(home: Path) -> list[psutil.Process]:
    """The living processes of this test's home, the test itself aside."""
    found = []
    for process in psutil.process_iter():
        try:
            if (
                process.pid != os.getpid()
                and process.environ().get(HOME_VARIABLE) == str(home)
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture
def launch(home: Path, tmp_path: Path) -> Launcher:
    """Starts scripts as runs in a home of their own."""
    return Launcher(home, tmp_path)
