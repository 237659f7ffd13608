"""Supervisors killed at any moment: the training goes on, and the record ends up as if nothing had been."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from console.runs import control
from console.runs.adoption import adopt, adopt_orphans, observed_state
from console.runs.files import plain, write_json
from console.runs.folder import RunFolder
from console.runs.processes.daemon import launch_supervisor
from console.runs.state import Cause, Phase
from tests.faults.conftest import (
    HASTY,
    Launcher,
    alive,
    events,
    kill_supervisor,
    printed,
    rank_pid,
    started_with,
    stored,
    supervisor_pid,
    wait_for,
    wait_for_end,
)

COUNTING = """
    import itertools, os, sys, time
    begin = time.monotonic()
    for step in itertools.count():
        print(f"step: {step} loss: {step % 89}.0")
        if os.path.exists("{run_dir}/enough"):
            break
        time.sleep(max(0.0, begin + step / 1000 - time.monotonic()))
"""

WAITING = """
    import os, signal, sys, time
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print("step 1 loss 0.5")
    while not os.path.exists("{run_dir}/enough"):
        time.sleep(0.01)
"""


def enough(folder: RunFolder) -> None:
    """Let the ranks leave."""
    (folder.path / "enough").touch()


def test_nothing_is_missed_and_nothing_read_twice_however_often_supervisors_die(launch: Launcher) -> None:
    moments = random.Random(20)
    folder = launch(COUNTING, ranks=2)
    for _ in range(6):
        step = len(folder.log_path(1).read_bytes().splitlines()) + moments.randrange(5, 400)
        wait_for(lambda step=step: printed(folder, f"step: {step} ", rank=1))
        kill_supervisor(folder)
        assert observed_state(folder).phase is Phase.RUNNING
        assert adopt(folder)
    enough(folder)
    state = wait_for_end(folder)
    for rank in range(2):
        lines = folder.log_path(rank).read_text().splitlines()
        assert stored(folder, "loss", rank) == [(step, float(step % 89)) for step in range(len(lines))]
        assert state.ranks[rank].last_step == len(lines) - 1
    assert len(events(folder, "adopted")) == 6


def test_ranks_neither_die_with_their_supervisor_nor_hold_its_lock(launch: Launcher) -> None:
    folder = launch(WAITING)
    wait_for(lambda: printed(folder, "step 1"))
    kill_supervisor(folder)
    assert alive(rank_pid(folder))
    with folder.supervisor_lock_path.open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_run_whose_ranks_died_with_the_supervisor_is_lost(launch: Launcher) -> None:
    folder = launch(WAITING)
    wait_for(lambda: printed(folder, "step 1"))
    kill_supervisor(folder)
    os.kill(rank_pid(folder), signal.SIGKILL)
    wait_for(lambda: observed_state(folder).phase is Phase.LOST)
    assert adopt_orphans() == [folder]
    state = wait_for_end(folder)
    assert state.phase is Phase.LOST
    assert state.cause is not None and state.cause.kind == "lost"
    assert (state.ranks[0].exit_code, state.ranks[0].signal) == (None, None)
    assert stored(folder, "loss") == [(1, 0.5)]
    assert adopt_orphans() == []


@pytest.mark.parametrize(
    ("ending", "phase", "cause"),
    [
        (
            "open('{run_dir}/result.json', 'w').write('{\"status\": \"finished\"}')",
            Phase.FINISHED,
            Cause("done"),
        ),
        (
            'open(\'{run_dir}/result.json\', \'w\').write(\'{"status": "stopped", "reason": "overflow"}\')',
            Phase.STOPPED,
            Cause("stopped_on_overflow"),
        ),
        ('print(\'@event {"kind": "stop", "step": 1}\')', Phase.STOPPED, Cause("stopped_by_request")),
        ("raise OSError('disk of the data set is gone')", Phase.FAILED, None),
        ("pass", Phase.LOST, None),
    ],
)
def test_an_end_nobody_saw_is_judged_by_what_the_rank_left(
    launch: Launcher, ending: str, phase: Phase, cause: Cause | None
) -> None:
    folder = launch(WAITING + f"\n    {ending}\n")
    wait_for(lambda: printed(folder, "step 1"))
    kill_supervisor(folder)
    pid = rank_pid(folder)
    enough(folder)
    wait_for(lambda: not alive(pid))
    assert adopt(folder)
    state = wait_for_end(folder)
    assert (state.phase, state.ranks[0].phase, state.ranks[0].exit_code) == (phase, phase, None)
    if cause is not None:
        assert state.cause == cause
    if phase is Phase.FAILED:
        assert state.cause is not None and state.cause.line == "OSError: disk of the data set is gone"


def test_the_end_of_an_adopted_rank_is_seen_and_a_failure_ends_the_others(launch: Launcher) -> None:
    folder = launch(
        """
        import os, signal, sys, time
        if sys.argv[1] == "0":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("step 1 loss 0.5")
        while not (sys.argv[1] == "1" and os.path.exists("{run_dir}/enough")):
            time.sleep(0.01)
        raise RuntimeError("collective broke")
        """,
        ranks=2,
        policy=HASTY,
    )
    wait_for(lambda: printed(folder, "step 1", 0) and printed(folder, "step 1", 1))
    kill_supervisor(folder)
    assert adopt(folder)
    enough(folder)
    state = wait_for_end(folder)
    assert state.phase is Phase.FAILED
    assert state.cause is not None
    assert (state.cause.rank, state.cause.line) == (1, "RuntimeError: collective broke")
    assert not alive(rank_pid(folder, 0))


def test_workers_that_outlived_their_rank_and_its_supervisor_are_ended(launch: Launcher) -> None:
    folder = launch(
        """
        import subprocess, sys
        worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(900)"])
        print("worker", worker.pid, flush=True)
        worker.wait()
        """,
        policy=HASTY,
    )
    wait_for(lambda: folder.log_path(0).read_text().endswith("\n"))
    worker = int(folder.log_path(0).read_text().split()[1])
    kill_supervisor(folder)
    os.kill(rank_pid(folder), signal.SIGKILL)
    wait_for(lambda: observed_state(folder).phase is Phase.LOST)
    assert alive(worker)
    assert adopt(folder)
    assert wait_for_end(folder).phase is Phase.LOST
    assert not alive(worker)


def test_a_stop_asked_of_a_run_without_supervisor_gets_it_one(launch: Launcher) -> None:
    folder = launch(WAITING)
    wait_for(lambda: printed(folder, "step 1"))
    kill_supervisor(folder)
    control.stop(folder)
    assert wait_for_end(folder).phase is Phase.STOPPED
    assert not alive(rank_pid(folder))


def test_a_stop_under_way_is_carried_on_by_the_next_supervisor(launch: Launcher) -> None:
    folder = launch("import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('up')\ntime.sleep(900)\n")
    wait_for(lambda: printed(folder, "up"))
    os.kill(supervisor_pid(folder), signal.SIGTERM)
    wait_for(lambda: observed_state(folder).phase is Phase.STOPPING)
    kill_supervisor(folder)
    spec = folder.spec()
    write_json(folder.spec_path, spec | {"policy": spec["policy"] | {"grace_seconds": 0.2}})
    assert adopt(folder)
    state = wait_for_end(folder)
    assert state.phase is Phase.STOPPED
    assert not alive(rank_pid(folder))


def test_a_rank_started_but_not_yet_written_down_is_found_by_its_log(launch: Launcher) -> None:
    folder = launch(WAITING, ranks=2)
    wait_for(lambda: printed(folder, "step 1", 0) and printed(folder, "step 1", 1))
    state = folder.state()
    assert state is not None
    kill_supervisor(folder)
    forgotten = replace(state.ranks[1], process=None, phase=Phase.STARTING)
    write_json(
        folder.state_path, plain(replace(state, phase=Phase.STARTING, ranks=(state.ranks[0], forgotten)))
    )
    pid = state.ranks[1].process
    assert pid is not None
    assert adopt(folder)
    assert rank_pid(folder, 1) == pid.pid
    enough(folder)
    wait_for_end(folder)


def test_only_one_of_many_consoles_that_adopt_at_once_succeeds(launch: Launcher) -> None:
    folder = launch(WAITING)
    wait_for(lambda: printed(folder, "step 1"))
    kill_supervisor(folder)
    with ThreadPoolExecutor(6) as consoles:
        adopted = list(consoles.map(lambda _: adopt(folder), range(6)))
    assert sum(adopted) == 1
    supervisor = supervisor_pid(folder)
    wait_for(lambda: {one.pid for one in started_with(launch.home)} == {supervisor, rank_pid(folder)})
    control.stop(folder)
    wait_for_end(folder)


def test_requests_of_many_consoles_at_once_are_all_kept(launch: Launcher) -> None:
    folder = launch(WAITING)
    ask = (
        "import sys; from pathlib import Path; from console.runs.folder import RunFolder;"
        "from console.runs import control; folder = RunFolder(Path(sys.argv[1]));"
        "[control.request_profile(folder, n, n) for n in range(20)]"
    )
    consoles = [subprocess.Popen([sys.executable, "-c", ask, str(folder.path)]) for _ in range(4)]
    assert [console.wait(60) for console in consoles] == [0] * 4
    wait_for(lambda: (state := folder.state()) is not None and len(state.refused) == 80)
    control.stop(folder)
    assert wait_for_end(folder).phase is Phase.STOPPED


def test_a_supervised_or_ended_run_is_not_adopted(launch: Launcher) -> None:
    folder = launch(WAITING)
    assert not adopt(folder)
    enough(folder)
    ended = wait_for_end(folder)
    assert not adopt(folder)
    assert launch_supervisor(folder, adopt=True) == {"refused": "ended"}
    assert folder.state() == ended


def test_a_damaged_store_is_made_anew_from_the_logs(launch: Launcher) -> None:
    folder = launch(WAITING)
    wait_for(lambda: (state := folder.state()) is not None and state.ranks[0].last_step == 1)
    kill_supervisor(folder)
    for suffix in ("-wal", "-shm"):
        folder.store_path.with_name(folder.store_path.name + suffix).unlink(missing_ok=True)
    folder.store_path.write_bytes(b"this is no database" * 1000)
    assert adopt(folder)
    enough(folder)
    wait_for_end(folder)
    assert stored(folder, "loss") == [(1, 0.5)]
    assert list(folder.path.glob("damaged-*"))
