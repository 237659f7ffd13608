"""Restarts after a failure: how often, from where, and when not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.metrics.store import XAxis
from console.runs import control
from console.runs.adoption import adopt
from console.runs.curves.run_curves import RunCurves
from console.runs.launcher import start
from console.runs.state import Cause, Phase
from tests.faults.conftest import (
    QUICK,
    Launcher,
    alive,
    events,
    kill_supervisor,
    printed,
    rank_pid,
    stored,
    wait_for,
    wait_for_end,
)

ENGINE = """
    import os, sys
    flags = dict(argument.partition("=")[::2] for argument in sys.argv)
    checkpoints = "{run_dir}/checkpoints"
    os.makedirs(checkpoints, exist_ok=True)
    first = int(flags.get("--resume_from", "-0").rpartition("-")[2])
    print("flags", sorted(flags))
    for step in range(first + 1, first + 11):
        print(f"step: {step} loss: {step}.0")
    if os.environ["RANK_ID"] == "0":
        for suffix in (".data-00000-of-00001", ".index"):
            open(f"{checkpoints}/model.ckpt-{first + 8}{suffix}", "w").write("weights")
    if first < 16:
        raise RuntimeError(f"lost at {first + 10}")
"""


def test_an_engine_goes_on_from_its_newest_checkpoint(launch: Launcher) -> None:
    folder = launch.engine(ENGINE, restarts=3)
    state = wait_for_end(folder)
    assert (state.phase, state.attempt) == (Phase.FINISHED, 3)
    restarts = [event.detail for event in events(folder, "restart")]
    assert [(one["attempt"], one["step"], one["line"]) for one in restarts] == [
        (2, 8, "RuntimeError: lost at 10"),
        (3, 16, "RuntimeError: lost at 18"),
    ]
    assert [step for step, _ in stored(folder, "loss")] == [*range(1, 11), *range(9, 19), *range(17, 27)]
    assert RunCurves(folder).series("loss", 0, XAxis.STEP, 26)[-1].x == 26


def test_restarts_are_counted_and_the_last_failure_is_the_cause(launch: Launcher) -> None:
    folder = launch("print('up')\nraise SystemExit('never works')\n", ranks=2, restarts=2)
    state = wait_for_end(folder)
    assert (state.phase, state.attempt) == (Phase.FAILED, 3)
    assert state.cause is not None and state.cause.line == "never works"
    assert folder.log_path(0).read_text().count("up") == 3
    assert len(events(folder, "restart")) == 2


def test_a_silent_failure_is_not_explained_by_the_attempt_before(launch: Launcher) -> None:
    folder = launch(
        """
        import os, sys
        if os.path.exists("{run_dir}/second"):
            sys.exit(3)
        open("{run_dir}/second", "w").close()
        raise RuntimeError("the first time")
        """,
        restarts=1,
    )
    state = wait_for_end(folder)
    assert state.cause == Cause("rank_failed", 0, None, None)
    assert state.ranks[0].exit_code == 3


def test_flags_that_an_engine_does_not_understand_are_not_tried_again(launch: Launcher) -> None:
    folder = launch.engine("import sys\nprint('unknown flag')\nsys.exit(2)\n", restarts=5)
    state = wait_for_end(folder)
    assert (state.phase, state.attempt) == (Phase.FAILED, 1)


def test_a_run_that_was_asked_to_stop_is_not_restarted(launch: Launcher) -> None:
    folder = launch(
        """
        import signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("failed while leaving"))
        print("up")
        time.sleep(900)
        """,
        restarts=5,
    )
    wait_for(lambda: printed(folder, "up"))
    control.stop(folder)
    state = wait_for_end(folder)
    assert (state.phase, state.attempt) == (Phase.STOPPED, 1)
    assert state.cause is not None
    assert (state.cause.kind, state.cause.line) == ("stopped_by_request", "failed while leaving")
    assert not alive(rank_pid(folder))


def test_an_adopted_run_is_restarted_with_its_own_environment_and_secrets(
    launch: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = """
        import os, sys, time
        print("token", os.environ["MY_TOKEN"], sys.argv[-1], os.environ.get("ONLY_AT_START"))
        while not os.path.exists("{run_dir}/go"):
            time.sleep(0.01)
        if os.path.exists("{run_dir}/second"):
            sys.exit(0)
        open("{run_dir}/second", "w").close()
        raise RuntimeError("once")
    """
    plan = launch.plan(script, restarts=1)
    rank = plan.ranks[0]
    secretive = replace(rank, argv=(*rank.argv, "--api-key=hush"), env={**rank.env, "MY_TOKEN": "quiet"})
    with monkeypatch.context() as at_start:
        at_start.setenv("ONLY_AT_START", "yes")
        folder = start(replace(plan, ranks=(secretive,)), QUICK)
    wait_for(lambda: printed(folder, "token"))
    assert b"hush" not in folder.spec_path.read_bytes() and b"quiet" not in folder.spec_path.read_bytes()
    kill_supervisor(folder)
    assert adopt(folder)
    (folder.path / "go").touch()
    state = wait_for_end(folder)
    assert (state.phase, state.attempt) == (Phase.FINISHED, 2)
    tokens = [line for line in folder.log_path(0).read_text().splitlines() if line.startswith("token")]
    assert tokens == ["token quiet --api-key=hush yes"] * 2
