"""The overflow dump finds what is not finite, says where it began, and shows what it was computed from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engines.engine_runs import SMALL_ALEXNET, EngineRun

ABSURD = ("--lr=1e30", "--warmup_epochs=0", "--mode=train", "--over_dump=True")
RANKS = (0, 1)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[tuple[EngineRun, EngineRun]]:
    """Two ranks that stop at the first overflow, and one rank that goes on to the end."""
    folder = tmp_path_factory.mktemp("overflow")
    common = [*SMALL_ALEXNET, *ABSURD, f"--data_dir={images}"]
    stopping = EngineRun(folder / "stopping", [*common, "--over_dump_stop=True", "--batch_size=4"], 2)
    passing = EngineRun(folder / "passing", common)
    try:
        stopping.wait()
        passing.wait()
        yield stopping, passing
    finally:
        stopping.kill()
        passing.kill()


@pytest.fixture
def stopping(runs: tuple[EngineRun, EngineRun]) -> EngineRun:
    return runs[0]


@pytest.fixture
def passing(runs: tuple[EngineRun, EngineRun]) -> EngineRun:
    return runs[1]


@pytest.mark.parametrize("rank", RANKS)
def test_the_event_names_step_rank_and_tensor(stopping: EngineRun, rank: int) -> None:
    (event,) = stopping.events("overflow", rank)
    assert event["step"] == 2, "the first update is absurd, the second step overflows"
    assert event["path"] == f"dumps/overflow/step-2_rank-{rank}"
    index = read_index(stopping, event)
    assert (index["step"], index["rank"], index["first"]) == (2, rank, event["tensor"])
    assert index["counts"][event["tensor"]] == event["count"]


@pytest.mark.parametrize("rank", RANKS)
def test_what_is_written_is_not_finite_and_where_it_began_its_inputs_are(
    stopping: EngineRun, rank: int
) -> None:
    (event,) = stopping.events("overflow", rank)
    index, tensors = read_index(stopping, event), stopping.dump(event["path"])
    for name, count in index["counts"].items():
        assert np.count_nonzero(~np.isfinite(tensors[name])) == count > 0
    sources = index["inputs"][event["tensor"]]
    assert {"input", "kernel", "bias"} <= set(sources)
    assert all(np.isfinite(tensors[source]).all() for source in sources.values())
    assert np.abs(tensors[sources["kernel"]]).max() > 1e20


def test_all_ranks_stop_at_the_overflow_without_saving_it(stopping: EngineRun) -> None:
    assert stopping.wait() == [0, 0]
    for rank in RANKS:
        assert stopping.events("stop", rank) == [{"kind": "stop", "step": 2}]
    assert (stopping.result()["status"], stopping.result()["step"]) == ("stopped", 2)
    assert not stopping.events("checkpoint")
    assert not list(stopping.run_dir.glob("checkpoints/*"))
    assert stopping.result()["reason"] == "overflow"
    assert stopping.lines("Stopped by") == ["Stopped by --over_dump_stop; no checkpoint is made of step 2."]


def test_without_the_stop_training_goes_on_and_each_step_is_told(passing: EngineRun) -> None:
    assert passing.wait() == [0]
    assert [event["step"] for event in passing.events("overflow")] == [2, 3, 4, 5, 6]
    assert len(passing.lines("step:")) == 6
    result = passing.result()
    assert (result["status"], result["step"], result["loss"]) == ("finished", 6, None)
    assert result["reason"] is None
    first = passing.events("overflow")[1]
    assert np.isnan(passing.dump(first["path"])[first["tensor"]]).any()


def read_index(run: EngineRun, event: dict[str, Any]) -> dict[str, Any]:
    """The index of a dump."""
    index: dict[str, Any] = json.loads((run.run_dir / event["path"] / "index.json").read_text())
    return index
