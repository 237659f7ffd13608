"""EfficientNet's checkpoints go from one version of TensorFlow to another and back.

This takes two interpreters: ``ENGINE_PYTHON``, and the one that runs the tests, which has the current TensorFlow.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.engines.checkpoint_values import Values, read_checkpoints
from tests.engines.efficientnet_runs import AVERAGE, HEAD, SMALL_EFFICIENTNET
from tests.engines.engine_runs import PYTHON, EngineRun

CURRENT = sys.executable


class Crossing(NamedTuple):
    """Three steps under each version; and the fourth, of the old one's checkpoint, under each."""

    old: EngineRun
    current: EngineRun
    old_after_old: EngineRun
    current_after_old: EngineRun
    old_after_current: EngineRun


@pytest.fixture(scope="module")
def crossing(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[Crossing]:
    folder = tmp_path_factory.mktemp("efficientnet-versions")
    runs: list[EngineRun] = []

    def begin(name: str, python: str, *flags: str) -> EngineRun:
        every = [*SMALL_EFFICIENTNET, f"--data_dir={images}", "--mode=train", *flags]
        runs.append(EngineRun(folder / name, every, engine="efficientnet", python=python))
        return runs[-1]

    def go_on(name: str, python: str, after: EngineRun) -> EngineRun:
        return begin(name, python, "--train_steps=4", f"--resume_from={checkpoint(after, 3)}")

    try:
        for name, python in (("old", PYTHON), ("current", CURRENT)):
            assert begin(name, python, "--train_steps=3").wait() == [0], runs[-1].log()
        go_on("old-after-old", PYTHON, runs[0])
        go_on("current-after-old", CURRENT, runs[0])
        go_on("old-after-current", PYTHON, runs[1])
        for run in runs:
            assert run.wait() == [0], run.log()
        yield Crossing(*runs)
    finally:
        for run in runs:
            run.kill()


def checkpoint(run: EngineRun, step: int) -> Path:
    return run.run_dir / "checkpoints" / f"model.ckpt-{step}"


@pytest.fixture(scope="module")
def values(crossing: Crossing, tmp_path_factory: pytest.TempPathFactory) -> list[Values]:
    """The variables after step 3 of ``old`` and ``current`` and after step 4 of the others."""
    steps = (3, 3, 4, 4, 4)
    prefixes = [checkpoint(run, step) for run, step in zip(crossing, steps, strict=True)]
    return read_checkpoints(prefixes, tmp_path_factory.mktemp("values"), CURRENT)


def test_a_step_is_the_same_under_the_other_version(values: list[Values]) -> None:
    """A step takes up weights, averages, statistics and the optimizer's slots alike."""
    before, _, same, other, _ = values
    assert same.keys() == other.keys()
    for name, value in same.items():
        scale = float(np.abs(value).max())
        np.testing.assert_allclose(other[name], value, rtol=1e-3, atol=1e-4 * scale + 1e-7, err_msg=name)
    for name in (f"{HEAD}/kernel", f"{HEAD}/kernel{AVERAGE}", f"{HEAD}/kernel/RMSProp_1"):
        assert np.abs(same[name] - before[name]).max() > 1e-5


def test_the_old_version_goes_on_from_the_current_one(crossing: Crossing, values: list[Values]) -> None:
    assert crossing.old_after_current.lines("step:4 ")
    _, before, _, _, after = values
    assert before.keys() == after.keys()
    assert after["global_step"] == 4
    assert 0 < np.abs(after[f"{HEAD}/kernel"] - before[f"{HEAD}/kernel"]).max() < 0.1
