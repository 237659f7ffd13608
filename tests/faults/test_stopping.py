"""Ending runs: what was asked to stop is gone, all of it, and nothing else is touched."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace

import psutil
import pytest

from console.errors import UserError
from console.runs import control
from console.runs.adoption import adopt
from console.runs.files import plain, write_json
from console.runs.processes.table import identify
from console.runs.state import Phase
from tests.faults.conftest import (
    HASTY,
    QUICK,
    Launcher,
    alive,
    events,
    kill_supervisor,
    printed,
    rank_pid,
    supervisor_pid,
    wait_for,
    wait_for_end,
)

POLITE = """
    import json, signal, sys, time
    leave = []
    signal.signal(signal.SIGTERM, lambda *_: leave.append(1))
    print("ready")
    while not leave:
        time.sleep(0.01)
    if sys.argv[1:] == ["0"] or "toy" in sys.argv:
        open("{run_dir}/result.json", "w").write(json.dumps({"status": "stopped", "step": 12}))
    print('@event {"kind": "stop", "step": 12}')
"""

STUBBORN = """
    import signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("ready")
    while True:
        time.sleep(0.1)
"""


def test_stop_lets_the_ranks_leave_by_themselves(launch: Launcher) -> None:
    folder = launch(POLITE, ranks=2)
    wait_for(lambda: all(printed(folder, "ready", rank) for rank in range(2)))
    request = control.stop(folder)
    state = wait_for_end(folder)
    assert state.phase is Phase.STOPPED
    assert state.cause is not None and state.cause.kind == "stopped_by_request"
    assert [(rank.phase, rank.exit_code) for rank in state.ranks] == [(Phase.STOPPED, 0)] * 2
    assert request in state.acknowledged and request not in state.refused
    assert len(events(folder, "stop")) == 2


def test_a_run_that_had_finished_when_the_stop_came_has_finished(launch: Launcher) -> None:
    folder = launch(POLITE.replace('"stopped"', '"finished"'))
    wait_for(lambda: printed(folder, "ready"))
    control.stop(folder)
    assert wait_for_end(folder).phase is Phase.FINISHED


def test_a_rank_that_ignores_the_request_is_killed_after_the_grace(launch: Launcher) -> None:
    folder = launch(STUBBORN, policy=HASTY)
    wait_for(lambda: printed(folder, "ready"))
    pid = rank_pid(folder)
    control.stop(folder)
    state = wait_for_end(folder)
    assert state.phase is Phase.STOPPED
    assert state.ranks[0].signal == signal.SIGKILL
    assert not alive(pid)


def test_kill_does_not_wait_for_the_grace_of_a_stop_under_way(launch: Launcher) -> None:
    folder = launch(STUBBORN, policy=replace(QUICK, grace_seconds=3600.0))
    wait_for(lambda: printed(folder, "ready"))
    control.stop(folder)
    wait_for(lambda: (state := folder.state()) is not None and state.phase is Phase.STOPPING)
    control.kill(folder)
    state = wait_for_end(folder)
    assert state.phase is Phase.STOPPED
    assert state.cause is not None and state.cause.kind == "killed_by_request"


@pytest.mark.parametrize("how", ["same group", "own group", "own session"])
@pytest.mark.parametrize("by", ["stop", "kill", "leader's own end"])
def test_grandchildren_are_gone_with_their_rank(launch: Launcher, how: str, by: str) -> None:
    options = {
        "same group": "{}",
        "own group": '{"process_group": 0}',
        "own session": '{"start_new_session": True}',
    }
    folder = launch(
        f"""
        import signal, subprocess, sys, time
        ignore = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up'); time.sleep(900)"
        options = {options[how]}
        child = subprocess.Popen([sys.executable, "-u", "-c", ignore], stdout=subprocess.PIPE, **options)
        child.stdout.readline()
        print("child", child.pid)
        while {by != "leader's own end"}:
            time.sleep(0.1)
        """,
        policy=HASTY,
    )
    wait_for(lambda: printed(folder, "child "))
    wait_for(lambda: folder.log_path(0).read_text().endswith("\n"))
    grandchild = int(folder.log_path(0).read_text().split()[1])
    if by != "leader's own end":
        assert alive(grandchild)
        control.stop(folder) if by == "stop" else control.kill(folder)
    state = wait_for_end(folder)
    assert state.phase is (Phase.FINISHED if by == "leader's own end" else Phase.STOPPED)
    assert not alive(grandchild)


def test_a_process_with_a_recorded_pid_but_another_start_is_never_signalled(launch: Launcher) -> None:
    folder = launch(STUBBORN)
    wait_for(lambda: printed(folder, "ready"))
    state = folder.state()
    assert state is not None
    kill_supervisor(folder)
    os.kill(rank_pid(folder), signal.SIGKILL)
    with subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(900)"], start_new_session=True
    ) as bystander:
        try:
            stranger = identify(bystander.pid)
            assert stranger is not None and state.ranks[0].process is not None
            forged = replace(state.ranks[0].process, pid=bystander.pid)
            forged_state = replace(state, ranks=(replace(state.ranks[0], process=forged),))
            write_json(folder.state_path, plain(forged_state))
            write_json(folder.control_path, {"requests": [{"id": "r1", "action": "kill"}]})
            assert adopt(folder)
            final = wait_for_end(folder)
            assert final.phase in (Phase.LOST, Phase.STOPPED)
            assert alive(bystander.pid)
        finally:
            bystander.kill()


def test_asking_the_supervisor_itself_to_leave_stops_the_run(launch: Launcher) -> None:
    folder = launch(POLITE)
    wait_for(lambda: printed(folder, "ready"))
    os.kill(supervisor_pid(folder), signal.SIGTERM)
    assert wait_for_end(folder).phase is Phase.STOPPED


def test_the_ranks_react_to_signals_as_if_started_from_a_shell(launch: Launcher) -> None:
    folder = launch("print(open('/proc/self/status').read())")
    wait_for_end(folder)
    status = dict(
        line.split(":\t", 1) for line in folder.log_path(0).read_text().splitlines() if ":\t" in line
    )
    assert int(status["SigBlk"], 16) == 0
    python_ignores = {signal.SIGPIPE, signal.SIGXFSZ}
    ignored = {number for number in signal.Signals if int(status["SigIgn"], 16) >> (number - 1) & 1}
    assert ignored <= python_ignores


def test_an_ended_run_takes_no_requests(launch: Launcher) -> None:
    folder = launch("")
    wait_for_end(folder)
    with pytest.raises(UserError) as refusal:
        control.stop(folder)
    assert refusal.value.message.key == "runs.already_ended"


def test_requests_nobody_can_answer_are_refused(launch: Launcher) -> None:
    folder = launch(POLITE)
    request = control.request_checkpoint(folder)
    wait_for(lambda: (state := folder.state()) is not None and request in state.refused)
    control.stop(folder)
    wait_for_end(folder)


def test_an_engines_answers_are_acknowledged_and_the_rest_is_refused_at_the_end(launch: Launcher) -> None:
    folder = launch.engine(
        """
        import json, os, signal, sys, time
        leave, seen = [], set()
        signal.signal(signal.SIGTERM, lambda *_: leave.append(1))
        path = "{run_dir}/control.json"
        while not leave:
            time.sleep(0.01)
            for one in json.load(open(path))["requests"] if os.path.exists(path) else ():
                if one["id"] not in seen and one["action"] in ("checkpoint", "profile"):
                    ok = one["action"] == "checkpoint" or os.environ["RANK_ID"] != "1"
                    answer = {"id": one["id"], "ok": ok, "message": one["action"] + " answered"}
                    print("@event " + json.dumps(dict(kind="ack", **answer)))
                    seen.add(one["id"])
        """,
        ranks=2,
    )
    checkpoint = control.request_checkpoint(folder)
    profile = control.request_profile(folder, 3, 5)
    dump = control.request_dump(folder, "7|9-10")
    wait_for(
        lambda: (state := folder.state()) is not None and {checkpoint, profile} <= state.acknowledged.keys()
    )
    wait_for(lambda: (state := folder.state()) is not None and profile in state.refused)
    control.stop(folder)
    state = wait_for_end(folder)
    assert state.acknowledged[checkpoint] == "checkpoint answered"
    assert set(state.refused) == {profile, dump}
    requests = json.loads(folder.control_path.read_text())["requests"]
    assert requests[1]["first"] == 3 and requests[2]["steps"] == "7|9-10"


def test_nothing_of_an_ended_run_is_left_running(launch: Launcher) -> None:
    folder = launch(POLITE, ranks=2)
    supervisor = psutil.Process(supervisor_pid(folder))
    wait_for(lambda: printed(folder, "ready", 1) and printed(folder, "ready", 0))
    control.stop(folder)
    wait_for_end(folder)
    wait_for(lambda: not alive(supervisor.pid))
    assert not any(alive(rank_pid(folder, rank)) for rank in range(2))
