"""EfficientNet under the debug toggles and at a stop, and its network exported as it is scored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.engines.efficientnet_runs import BLOCK, SMALL_EFFICIENTNET
from tests.engines.engine_runs import EngineRun


class Runs(NamedTuple):
    """``absurd`` has a learning rate that overflows at once; ``stopped`` was asked to stop and ``exported``."""

    absurd: EngineRun
    stopped: EngineRun
    exported: EngineRun


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("efficientnet-live")
    begun: list[EngineRun] = []

    def begin(name: str, *flags: str) -> EngineRun:
        every = [*SMALL_EFFICIENTNET, f"--data_dir={images}", *flags]
        begun.append(EngineRun(folder / name, every, engine="efficientnet"))
        return begun[-1]

    try:
        absurd = begin(
            "absurd", "--mode=train", "--base_learning_rate=1e30", "--over_dump=True", "--over_dump_stop=True"
        )
        stopped = begin("stopped", "--mode=train", "--train_steps=100000")
        stopped.wait_until(lambda: stopped.lines("step:"), "a first step")
        stopped.terminate(0)
        for run in begun:
            assert run.wait() == [0], run.log()
        exported = begin("exported", "--mode=export", f"--restore_path={stopped.run_dir}")
        assert exported.wait() == [0], exported.log()
        yield Runs(absurd, stopped, exported)
    finally:
        for run in begun:
            run.kill()


def test_an_overflow_names_the_layers_it_reached(runs: Runs) -> None:
    (event,) = runs.absurd.events("overflow")
    assert event["step"] == 2, "the first update is absurd, the second step overflows"
    index = json.loads((runs.absurd.run_dir / event["path"] / "index.json").read_text())
    normalised = f"{BLOCK}/tpu_batch_normalization"
    assert {normalised, f"{normalised}/gamma/gradient", "loss"} <= set(index["counts"])
    assert set(index["inputs"][normalised]) == {"input", "gamma", "beta"}
    tensors = runs.absurd.dump(event["path"])
    assert not np.isfinite(tensors[normalised]).all()
    assert not runs.absurd.events("checkpoint")


def test_a_stop_finishes_the_step_and_saves_it(runs: Runs) -> None:
    (stop,) = runs.stopped.events("stop")
    assert stop["step"] == len(runs.stopped.lines("step:"))
    assert runs.stopped.events("checkpoint")[-1]["step"] == stop["step"]
    assert runs.stopped.result()["status"] == "stopped"


def test_the_exported_network_is_fed_as_its_card_says(runs: Runs) -> None:
    folder = runs.exported.run_dir / "export"
    card = json.loads((folder / "card.json").read_text())
    assert card["input"]["shape"] == [None, 32, 32, 3]
    assert card["normalisation"]["mean"] == [123.675, 116.28, 103.53]
    assert card["step"] == runs.stopped.events("stop")[0]["step"]
    assert (folder / card["file"]).stat().st_size > 4 * 168_204, "every weight is in it"
