"""Dumps stay within their limit, and give way before training does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engines.engine_runs import SMALL_ALEXNET, EngineRun

TRAIN = ("--mode=train", "--dump_limit=0.001")
"""A limit of one megabyte; a step of the small network is larger."""


def finished(run: EngineRun) -> int:
    try:
        return run.wait()[0]
    finally:
        run.kill()


def test_a_data_dump_that_would_pass_the_limit_is_refused_before_training(
    tmp_path: Path, images: Path
) -> None:
    flags = [
        *SMALL_ALEXNET,
        *TRAIN,
        f"--data_dir={images}",
        "--data_dump_flag=True",
        "--data_dump_step=1|3-4",
    ]
    run = EngineRun(tmp_path, flags)
    assert finished(run) == 2
    sentence = run.log().strip().splitlines()[-1]
    assert sentence.startswith("The data dump of 3 steps is refused: it would take ")
    assert "--dump_limit" in sentence
    assert not (tmp_path / "dumps").exists() and not run.lines("step:")


def test_steps_past_the_end_of_training_take_no_room(tmp_path: Path, images: Path) -> None:
    steps = ["--data_dump_flag=True", "--data_dump_step=2|1000-1090", "--dump_limit=0.1"]
    run = EngineRun(tmp_path, [*SMALL_ALEXNET, "--mode=train", f"--data_dir={images}", *steps])
    assert finished(run) == 0
    assert [event["step"] for event in run.events("dump")] == [2]


def test_an_overflow_past_the_limit_is_told_and_training_goes_on(tmp_path: Path, images: Path) -> None:
    absurd = ["--lr=1e30", "--warmup_epochs=0", "--over_dump=True"]
    run = EngineRun(tmp_path, [*SMALL_ALEXNET, *TRAIN, f"--data_dir={images}", *absurd])
    assert finished(run) == 0
    events = run.events("overflow")
    assert events and all(event["path"] is None for event in events)
    assert len(run.lines("No dump of the overflow in step ")) == len(events)
    assert run.result()["step"] == 6


def test_a_dump_asked_for_while_training_is_answered_with_the_limit(tmp_path: Path, images: Path) -> None:
    flags = [*SMALL_ALEXNET, *TRAIN, f"--data_dir={images}", "--max_train_steps=100000"]
    run = EngineRun(tmp_path, flags)
    try:
        run.wait_until(lambda: run.lines("step:"), "a first step")
        request = {"id": "much", "action": "dump", "steps": "50000"}
        (tmp_path / "control.tmp").write_text(json.dumps({"requests": [request]}))
        (tmp_path / "control.tmp").replace(tmp_path / "control.json")
        run.wait_until(lambda: run.events("ack"), "an answer")
        run.terminate(0)
        assert run.wait() == [0]
    finally:
        run.kill()
    (answer,) = run.events("ack")
    assert not answer["ok"] and "--dump_limit" in answer["message"]


@pytest.mark.parametrize("limit", ["0", "-1", "nan", "much"])
def test_a_limit_that_is_none_is_refused(tmp_path: Path, limit: str) -> None:
    run = EngineRun(tmp_path, [*SMALL_ALEXNET, f"--dump_limit={limit}"])
    assert finished(run) == 2
    assert f"--dump_limit: must be a number above 0, not '{limit}'" in run.log()
