"""Ranks that die in every way a rank can die."""

from __future__ import annotations

import signal

import pytest

from console.runs.state import Cause, Phase
from tests.faults.conftest import HASTY, Launcher, alive, events, rank_pid, wait_for_end


def test_a_crash_at_import_fails_the_run_with_the_exception_as_the_cause(launch: Launcher) -> None:
    folder = launch("print('hello')\nimport no_such_module_anywhere\n")
    state = wait_for_end(folder)
    assert state.phase is Phase.FAILED
    line = "ModuleNotFoundError: No module named 'no_such_module_anywhere'"
    lines = folder.log_path(0).read_text().splitlines()
    assert state.cause == Cause("rank_failed", 0, line, lines.index(line) + 1)
    assert (state.ranks[0].phase, state.ranks[0].exit_code) == (Phase.FAILED, 1)


def test_a_rank_that_leaves_without_a_line_has_finished_and_that_is_told(launch: Launcher) -> None:
    folder = launch("")
    state = wait_for_end(folder)
    assert state.phase is Phase.FINISHED
    assert state.cause == Cause("done")
    assert [event.detail for event in events(folder, "rank_exit")] == [
        {"exit_code": 0, "signal": None, "printed": False}
    ]


def test_a_rank_ended_by_a_signal_is_told_with_its_number(launch: Launcher) -> None:
    folder = launch("import os, signal\nprint('step 3')\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    state = wait_for_end(folder)
    assert state.phase is Phase.FAILED
    assert (state.ranks[0].exit_code, state.ranks[0].signal) == (None, signal.SIGSEGV)
    assert state.cause == Cause("rank_failed", 0, "step 3", 1)


def test_one_rank_fails_and_the_others_that_hang_are_ended(launch: Launcher) -> None:
    folder = launch(
        """
        import signal, sys, time
        if sys.argv[1] == "1":
            sys.exit("E: out of luck")
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("hanging")
        time.sleep(600)
        """,
        ranks=3,
        policy=HASTY,
    )
    state = wait_for_end(folder)
    assert state.phase is Phase.FAILED
    assert state.cause is not None
    assert (state.cause.rank, state.cause.line) == (1, "E: out of luck")
    assert [rank.phase for rank in state.ranks] == [Phase.STOPPED, Phase.FAILED, Phase.STOPPED]
    assert not any(alive(rank_pid(folder, rank)) for rank in range(3))


@pytest.mark.parametrize("shutdown", ["", "time.sleep(600)"])
def test_the_first_failing_rank_is_the_cause_and_not_those_that_fail_over_it(
    launch: Launcher, shutdown: str
) -> None:
    folder = launch(
        f"""
        import atexit, os, sys, time
        log = "{{run_dir}}/rank-2.log"
        def failed():
            return os.path.exists(log) and b"ValueError: the root of it\\n" in open(log, "rb").read()
        def ended():
            return not os.path.exists("/proc/" + open("{{run_dir}}/pid").read())
        if sys.argv[1] == "2":
            open("{{run_dir}}/pid", "w").write(str(os.getpid()))
            atexit.register(lambda: {shutdown or None})
            raise ValueError("the root of it")
        while not (failed() and ({bool(shutdown)} or ended())):
            time.sleep(0.01)
        time.sleep(0.05)  # File times are no finer than a few milliseconds.
        raise ConnectionError("peer went away")
        """,
        ranks=3,
    )
    state = wait_for_end(folder)
    assert state.phase is Phase.FAILED
    assert state.cause is not None
    assert (state.cause.rank, state.cause.line) == (2, "ValueError: the root of it")


def test_a_rank_may_finish_long_before_the_others(launch: Launcher) -> None:
    folder = launch(
        """
        import os, sys, time
        first = "{run_dir}/first"
        if sys.argv[1] == "0":
            open(first, "w").close()
            sys.exit()
        while not os.path.exists(first):
            time.sleep(0.01)
        print("step 7 loss 0.5")
        """,
        ranks=2,
    )
    state = wait_for_end(folder)
    assert state.phase is Phase.FINISHED
    assert state.last["loss"] == 0.5
