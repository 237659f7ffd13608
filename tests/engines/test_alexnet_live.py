"""A running training is asked for things, and to stop; two ranks stay together through all of it."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines.engine_runs import SMALL_ALEXNET, EngineRun

ENDLESS = ("--mode=train", "--max_train_steps=100000", "--batch_size=4")
RANKS = (0, 1)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[EngineRun]:
    """Two ranks that were asked for a checkpoint, a trace and a dump, and then both to stop."""
    folder = tmp_path_factory.mktemp("live")
    write_requests(folder, {"id": "old", "action": "checkpoint", "time": 1.0})
    run = EngineRun(folder, [*SMALL_ALEXNET, f"--data_dir={images}", *ENDLESS], 2)
    try:
        run.wait_until(lambda: all(run.lines("step:", rank) for rank in RANKS), "a first step")
        ahead = len(run.lines("step:")) + 60
        write_requests(
            folder,
            {"id": "old", "action": "checkpoint", "time": 1.0},
            {"id": "save", "action": "checkpoint"},
            {"id": "trace", "action": "profile", "first": ahead, "last": ahead + 1},
            {"id": "again", "action": "profile", "first": ahead, "last": ahead + 1},
            {"id": "dump", "action": "dump", "steps": f"1|{ahead + 3}"},
            {"id": "late", "action": "dump", "steps": "0-1"},
            {"id": "wrong", "action": "dump", "steps": "soon"},
            {"id": "end", "action": "stop"},
        )
        run.wait_until(lambda: all(run.events("dump", rank) for rank in RANKS), "the dump")
        run.terminate(0)
        run.terminate(1)
        run.wait()
        yield run
    finally:
        run.kill()


def write_requests(folder: Path, *requests: dict[str, Any]) -> None:
    """Put ``requests`` in the place of the control file, whole."""
    (folder / "control.json.tmp").write_text(json.dumps({"requests": requests}))
    (folder / "control.json.tmp").replace(folder / "control.json")


def test_each_request_is_answered_once_by_rank_0(live: EngineRun) -> None:
    answers = {event["id"]: event for event in live.events("ack")}
    assert [event["id"] for event in live.events("ack")] == list(answers)
    assert {name: event["ok"] for name, event in answers.items()} == {
        "save": True,
        "trace": True,
        "again": False,
        "dump": True,
        "late": False,
        "wrong": False,
    }
    assert "have passed" in answers["late"]["message"]
    assert "'soon' is not a list of steps" in answers["wrong"]["message"]
    assert not live.events("ack", 1)


def test_a_requested_checkpoint_is_there(live: EngineRun) -> None:
    (answer,) = [event for event in live.events("ack") if event["id"] == "save"]
    first = live.events("checkpoint")[0]
    assert answer["message"] == f"checkpoint written at step {first['step']}"
    assert (live.run_dir / f"{first['path']}.index").is_file()


@pytest.mark.parametrize("rank", RANKS)
def test_a_requested_trace_is_one_of_chrome(live: EngineRun, rank: int) -> None:
    (event,) = live.events("profile", rank)
    assert event["path"].endswith(f"_rank-{rank}")
    trace = json.loads((live.run_dir / event["path"] / "trace.json").read_text())
    steps = {one["args"].get("step") for one in trace["traceEvents"] if one["ph"] == "X"}
    assert steps == {event["first"], event["last"]}
    assert event["last"] == event["first"] + 1


def test_a_requested_dump_shows_each_rank_its_own_images(live: EngineRun) -> None:
    events = [live.events("dump", rank) for rank in RANKS]
    assert [len(told) for told in events] == [1, 1]
    own, other = (live.dump(told[0]["path"]) for told in events)
    assert own["images"].shape == other["images"].shape == (4, 63, 63, 3)
    assert (own["images"] != other["images"]).any()
    assert (own["conv2d/kernel"] == other["conv2d/kernel"]).all(), "the ranks hold the same weights"


def test_ranks_asked_to_stop_save_and_leave_together(live: EngineRun) -> None:
    assert live.wait() == [0, 0]
    assert_stopped(live)


def test_one_rank_asked_to_stop_takes_the_other_along(start: Callable[..., EngineRun]) -> None:
    run = start(*ENDLESS, ranks=2)
    run.wait_until(lambda: run.lines("step:", 1), "a first step")
    run.terminate(1)
    assert run.wait() == [0, 0]
    assert_stopped(run)


def test_a_stop_during_start_up_is_not_lost(start: Callable[..., EngineRun]) -> None:
    run = start()
    status = Path(f"/proc/{run.processes[0].pid}/status")
    run.wait_until(lambda: catches(status, signal.SIGTERM), "a handler of the signal")
    run.terminate(0)
    assert run.wait() == [0]
    assert run.events("stop") == [{"kind": "stop", "step": 0}]
    assert (run.result()["status"], run.result()["step"]) == ("stopped", 0)
    assert not run.lines("step:")


def assert_stopped(run: EngineRun) -> None:
    """Both ranks told of the same last step, and that step was saved."""
    (stop,) = run.events("stop")
    assert run.events("stop", 1) == [stop]
    assert len(run.lines("step:")) == len(run.lines("step:", 1)) == stop["step"]
    result = run.result()
    assert (result["status"], result["step"]) == ("stopped", stop["step"])
    assert result["checkpoint"] == f"checkpoints/model.ckpt-{stop['step']}"
    assert (run.run_dir / (result["checkpoint"] + ".index")).is_file()
    assert "Traceback" not in run.log(0) + run.log(1)


def catches(status: Path, number: int) -> bool:
    """Whether the process of this ``/proc`` file has a handler of its own for a signal."""
    caught = next(line for line in status.read_text().split("\n") if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)
