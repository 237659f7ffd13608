"""Dumps stay within their limit, and give way before training does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engines.autoaugment.model import WideResNet
from engines.pytorch.taps import estimated_bytes
from tests.engines.autoaugment_runs import SMALL, write_cifar
from tests.engines.engine_runs import EngineRun

Start = Callable[..., EngineRun]
TIGHT = "--dump_limit=0.001"
"""One megabyte; a step of the small network is larger."""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    data, runs = write_cifar(tmp_path / "data"), []

    def begin(*flags: str) -> EngineRun:
        flags = (f"--data_dir={data}", *SMALL, "--backend=cpu", "--mode=train", *flags)
        runs.append(EngineRun(tmp_path / "run", flags, engine="autoaugment"))
        return runs[-1]

    yield begin
    for run in runs:
        run.kill()


def test_a_dump_takes_the_room_that_was_weighed_before(start: Start) -> None:
    run = start("--data_dump_flag=True", "--data_dump_step=2|1000-1090", "--dump_limit=0.1")
    assert run.wait() == [0], run.log()
    (event,) = run.events("dump")
    written = sum(value.nbytes for value in run.dump(event["path"]).values())
    weighed = estimated_bytes(WideResNet(10, 1, 10, 0.3), (10, 3, 32, 32))
    assert event["left_out"] == 0
    assert weighed == pytest.approx(written, rel=1e-3)


def test_dumps_that_would_pass_the_limit_are_refused_before_training(start: Start) -> None:
    run = start("--data_dump_flag=True", "--data_dump_step=1|3-4", TIGHT)
    assert run.wait() == [2]
    said = run.log().strip().splitlines()[-1]
    assert said.startswith("The data dump of 3 steps is refused: it would take ")
    assert "--dump_limit" in said
    assert not (run.run_dir / "dumps").exists()


def test_an_overflow_past_the_limit_is_told_and_training_goes_on(start: Start) -> None:
    run = start("--lr=1e30", "--over_dump=True", "--dump_limit=0.00001")
    assert run.wait() == [0], run.log()
    events = run.events("overflow")
    assert events and all(event["path"] is None for event in events)
    assert len(run.lines("No dump of the overflow in step ")) == len(events)
    assert run.result()["step"] == 4


def test_a_dump_asked_for_while_training_is_answered_with_the_limit(start: Start) -> None:
    run = start("--epochs=100000", TIGHT)
    run.wait_until(lambda: run.lines("loss "), "lines")
    request = {"id": "much", "action": "dump", "steps": "200000"}
    (run.run_dir / "control.tmp").write_text(json.dumps({"requests": [request]}))
    (run.run_dir / "control.tmp").replace(run.run_dir / "control.json")
    run.wait_until(lambda: run.events("ack"), "an answer")
    run.terminate(0)
    assert run.wait() == [0]
    (answer,) = run.events("ack")
    assert not answer["ok"] and "--dump_limit" in answer["message"]
