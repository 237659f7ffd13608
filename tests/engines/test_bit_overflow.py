"""BiT's overflow dump finds what is not finite, says where it began, and shows what it was computed from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.engines.bit_runs import SMALL_BIT
from tests.engines.engine_runs import EngineRun

ABSURD = ("--lr=1e38", "--warmup_steps=0", "--mode=train", "--over_dump=True")
RANKS = (0, 1)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[tuple[EngineRun, EngineRun]]:
    """Two ranks that stop at the first overflow, and one rank that goes on to the end."""
    folder = tmp_path_factory.mktemp("overflow")
    common = [*SMALL_BIT, *ABSURD, f"--data_dir={images}"]
    stopping = EngineRun(
        folder / "stopping", [*common, "--over_dump_stop=True", "--batch_size=4"], 2, engine="bit"
    )
    passing = EngineRun(folder / "passing", common, engine="bit")
    try:
        stopping.wait()
        passing.wait()
        yield stopping, passing
    finally:
        stopping.kill()
        passing.kill()


@pytest.mark.parametrize("rank", RANKS)
def test_the_event_names_where_it_began_and_the_dump_shows_it(
    runs: tuple[EngineRun, EngineRun], rank: int
) -> None:
    (event,) = runs[0].events("overflow", rank)
    assert event["step"] == 2, "the first update is absurd, the second step overflows"
    assert event["path"] == f"dumps/overflow/step-2_rank-{rank}"
    index = json.loads((runs[0].run_dir / event["path"] / "index.json").read_text())
    assert (index["step"], index["rank"], index["first"]) == (2, rank, event["tensor"])
    tensors = runs[0].dump(event["path"])
    for name, count in index["counts"].items():
        assert np.count_nonzero(~np.isfinite(tensors[name])) == count > 0
    sources = index["inputs"][event["tensor"]]
    assert "input" in sources
    assert all(np.isfinite(tensors[source]).all() for source in sources.values())


def test_all_ranks_stop_at_the_overflow_without_saving_it(runs: tuple[EngineRun, EngineRun]) -> None:
    stopping = runs[0]
    assert stopping.wait() == [0, 0]
    for rank in RANKS:
        assert stopping.events("stop", rank) == [{"kind": "stop", "step": 2}]
    assert (stopping.result()["status"], stopping.result()["step"]) == ("stopped", 2)
    assert not list(stopping.run_dir.glob("checkpoints/*"))
    assert stopping.result()["reason"] == "overflow"
    assert stopping.lines("Stopped by") == ["Stopped by --over_dump_stop; no checkpoint is made of step 2."]


def test_without_the_stop_training_goes_on_and_each_step_is_told(runs: tuple[EngineRun, EngineRun]) -> None:
    passing = runs[1]
    assert passing.wait() == [0]
    assert [event["step"] for event in passing.events("overflow")] == [2, 3, 4, 5, 6]
    assert len(passing.lines("step:")) == 6
    assert passing.result()["loss"] is None
