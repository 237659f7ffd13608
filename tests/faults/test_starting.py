"""A started run is private, faithful to its plan and independent of the console, or not started at all."""

from __future__ import annotations

import fcntl
import json
import os
import pickle
import pty
import resource
import shutil
import signal
import stat
import subprocess
import sys
import termios
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

import console
from console.errors import ExitCode, UserError
from console.i18n import Message
from console.launch.findings import Finding, Level
from console.locations import HOME_VARIABLE
from console.runs.adoption import observed_state
from console.runs.folder import RunFolder
from console.runs.launcher import start
from console.runs.processes.daemon import launch_supervisor, start_folder
from console.runs.state import Phase
from tests.faults.conftest import (
    QUICK,
    Launcher,
    alive,
    printed,
    rank_pid,
    supervisor_pid,
    wait_for,
    wait_for_end,
)

WAITING = "import time\nprint('up')\ntime.sleep(900)\n"


def test_a_run_folder_is_for_its_owner_alone(launch: Launcher) -> None:
    folder = launch("open('shared.txt', 'w').close()\nprint('done')\n")
    wait_for_end(folder)
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    own = [path for path in folder.path.iterdir() if path.name != "shared.txt"]
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in own} == {0}


def test_a_rank_gets_what_the_plan_says_and_the_operators_own_surroundings(
    launch: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = """
        import json, os, sys
        surroundings = {
            "argv": sys.argv, "added": os.environ["RANK_ID"], "inherited": os.environ["OF_THE_OPERATOR"],
            "cwd": os.getcwd(), "umask": os.umask(0), "cpus": sorted(os.sched_getaffinity(0)),
            "stdin": os.readlink("/proc/self/fd/0"), "session": os.getsid(0) == os.getpid(),
            "files": sorted(os.listdir("/proc/self/fd"))[:4],
            "own": sorted(name for name in os.environ if "CONSOLE" in name or "PYTHON" in name),
        }
        print(json.dumps(surroundings))
    """
    cpu = min(os.sched_getaffinity(0))
    plan = launch.plan(script)
    plan = replace(
        plan,
        cwd=launch.scripts,
        ranks=(replace(plan.ranks[0], cpu_ids=(cpu,), argv=(*plan.ranks[0].argv, "中文 x")),),
    )
    monkeypatch.setenv("OF_THE_OPERATOR", "1")
    before = os.umask(0o027)
    try:
        folder = start(plan, QUICK)
    finally:
        os.umask(before)
    wait_for_end(folder)
    seen = json.loads(folder.log_path(0).read_text())
    assert seen["argv"][1:] == ["0", "中文 x"]
    assert (seen["added"], seen["inherited"]) == ("0", "1")
    assert (seen["cwd"], seen["umask"], seen["cpus"]) == (str(launch.scripts), 0o027, [cpu])
    assert (seen["stdin"], seen["session"]) == ("/dev/null", True)
    assert seen["files"] == ["0", "1", "2", "3"], "no descriptor of the supervisor's but those of the listing"
    assert seen["own"] == sorted(name for name in os.environ if "CONSOLE" in name or "PYTHON" in name)


def test_a_run_folder_is_never_used_twice(launch: Launcher) -> None:
    plan = launch.plan("import sys\nprint(sys.argv[-1])\n")
    plan = replace(plan, ranks=(replace(plan.ranks[0], argv=(*plan.ranks[0].argv, f"{plan.run_dir}/here")),))
    folders = [start(plan, QUICK) for _ in range(3)]
    assert [folder.run_id for folder in folders] == ["run-1", "run-1-2", "run-1-3"]
    for folder in folders:
        wait_for_end(folder)
        assert folder.log_path(0).read_text().strip() == f"{folder.path}/here"


@pytest.mark.parametrize(
    ("content", "mode", "key"),
    [
        (None, 0, "runs.start_missing"),
        ("#!/no/such/python\n", 0o755, "runs.start_no_interpreter"),
        ("#!/bin/sh\n", 0o644, "runs.start_not_executable"),
        ("just words", 0o755, "runs.start_no_program"),
    ],
)
def test_a_rank_that_cannot_be_started_is_told_and_the_others_are_ended(
    launch: Launcher, tmp_path: Path, content: str | None, mode: int, key: str
) -> None:
    program = tmp_path / "program"
    if content is not None:
        program.write_text(content)
        program.chmod(mode)
    plan = launch.plan(WAITING, ranks=3)
    ranks = (plan.ranks[0], replace(plan.ranks[1], argv=(str(program),)), plan.ranks[2])
    with pytest.raises(UserError) as refusal:
        start(replace(plan, ranks=ranks), QUICK)
    assert refusal.value.message.key == key
    assert str(program) in str(refusal.value) and "run-1" in str(refusal.value)
    state = wait_for_end(RunFolder(plan.run_dir))
    assert state.phase is Phase.FAILED
    assert state.cause is not None
    assert (state.cause.kind, state.cause.rank) == ("start_failed", 1)
    assert str(program) in str(state.cause.line)
    first = state.ranks[0].process
    assert first is not None and not alive(first.pid)
    assert state.ranks[2].process is None


def test_a_blocked_plan_is_not_started(launch: Launcher) -> None:
    plan = launch.plan(WAITING)
    finding = Finding(Level.ERROR, "devices", Message.of("runs.none_yet", folder="X"))
    with pytest.raises(UserError) as refusal:
        start(replace(plan, findings=(finding,)))
    assert refusal.value.exit_code is ExitCode.BLOCKED
    assert not plan.run_dir.exists()


def test_a_home_that_cannot_be_written_is_named_with_the_way_out(launch: Launcher, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(UserError) as refusal:
        launch(WAITING)
    assert str(tmp_path / "home") in str(refusal.value) and HOME_VARIABLE in str(refusal.value)


def test_a_disk_too_full_to_begin_leaves_no_half_made_run(launch: Launcher) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    plan = launch.plan(WAITING)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(UserError) as refusal:
            start(plan)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert refusal.value.message.key == "runs.folder_not_written"
    assert list(plan.run_dir.parent.iterdir()) == []


def test_a_supervisor_that_cannot_start_is_told_with_its_own_words(launch: Launcher) -> None:
    plan = launch.plan(WAITING)
    folder = RunFolder(plan.run_dir)
    folder.path.mkdir(parents=True)
    with pytest.raises(UserError) as refusal:
        launch_supervisor(folder, adopt=False)
    assert refusal.value.message.key == "runs.supervisor_not_started"
    assert "spec.json is damaged" in str(refusal.value)


def test_the_supervisor_finds_the_console_where_this_interpreter_did(
    launch: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(launch.plan(WAITING).run_dir)
    root = Path(console.__file__).parent.parent
    assert start_folder(folder) == root, "a source tree is found for certain only from its root"
    monkeypatch.setattr("console.runs.processes.daemon.getsitepackages", lambda: [str(root)])
    assert start_folder(folder) == folder.path, "an installed package is found from anywhere"


def test_the_supervisor_runs_the_code_of_this_console_and_no_other(launch: Launcher) -> None:
    copy = launch.scripts / "copy"
    shutil.copytree(Path(console.__file__).parent, copy / "console")
    supervisor = copy / "console" / "runs" / "supervisor" / "__main__.py"
    supervisor.write_text("raise SystemExit('I am the copy')")
    plan = launch.plan(WAITING)
    (launch.scripts / "plan").write_bytes(pickle.dumps(plan))
    done = subprocess.run(
        [sys.executable, "-c", START_SCRIPT, str(launch.scripts / "plan")],
        cwd=copy, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "I am the copy" in done.stderr


START_SCRIPT = """
import dataclasses, os, pickle, sys, time
plan = pickle.load(open(sys.argv[1], "rb"))
from console.runs.launcher import start
print(start(plan).path, flush=True)
time.sleep(900)
"""


def start_in_a_process(plan_path: Path, **options: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", START_SCRIPT, str(plan_path)]
    return subprocess.Popen(command, **options)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("how", ["hang-up", "kill"])
def test_a_run_outlives_the_console_and_its_terminal(launch: Launcher, tmp_path: Path, how: str) -> None:
    plan = launch.plan(WAITING, ranks=2)
    (tmp_path / "plan").write_bytes(pickle.dumps(plan))
    master, slave = pty.openpty()
    console = start_in_a_process(
        tmp_path / "plan",
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd="/",
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(slave)
    folder = RunFolder(plan.run_dir)
    wait_for(lambda: printed(folder, "up", 0) and printed(folder, "up", 1))
    wait_for(lambda: b"run-1" in os.read(master, 4096))
    assert psutil.Process(console.pid).terminal() is not None
    assert psutil.Process(supervisor_pid(folder)).terminal() is None
    if how == "kill":
        console.kill()
    os.close(master)
    console.wait(60)
    assert alive(supervisor_pid(folder)) and alive(rank_pid(folder, 0)) and alive(rank_pid(folder, 1))
    assert observed_state(folder).phase is Phase.RUNNING
    supervisor = psutil.Process(supervisor_pid(folder))
    assert console.pid not in [parent.pid for parent in supervisor.parents()]
    os.kill(supervisor.pid, signal.SIGTERM)
    wait_for_end(folder)


def test_no_zombie_stays_with_a_console_that_goes_on(launch: Launcher) -> None:
    folder = launch("print('done')")
    wait_for_end(folder)
    wait_for(lambda: not [one for one in psutil.Process().children() if one.status() == psutil.STATUS_ZOMBIE])
