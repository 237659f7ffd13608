"""Checkpoints go from one version of TensorFlow to another and back.

This takes two interpreters: ``ENGINE_PYTHON``, and the one that runs the tests, which has the current
TensorFlow. Where both are the same there is nothing to carry over, and this module is not collected.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.engines.checkpoint_values import assert_same, assert_same_training, read_checkpoints
from tests.engines.engine_runs import PYTHON, SMALL_ALEXNET, EngineRun

CURRENT = sys.executable


class Crossing(NamedTuple):
    """Six steps under each version alone; and three under one, three more under the other."""

    old: EngineRun
    current: EngineRun
    old_after_current: EngineRun
    current_after_old: EngineRun


@pytest.fixture(scope="module")
def crossing(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[Crossing]:
    folder = tmp_path_factory.mktemp("versions")
    runs: list[EngineRun] = []

    def begin(name: str, python: str, *flags: str) -> EngineRun:
        common = [*SMALL_ALEXNET, f"--data_dir={images}", "--mode=train", "--dropout=0.35"]
        runs.append(EngineRun(folder / name, [*common, "--save_checkpoints_steps=3", *flags], python=python))
        return runs[-1]

    try:
        straight = [begin("old", PYTHON), begin("current", CURRENT)]
        for run in straight:
            assert run.wait() == [0], run.log()
        for run, python in zip(straight, (CURRENT, PYTHON), strict=True):
            begin(f"after-{run.run_dir.name}", python, f"--resume_from={checkpoint(run, 3)}")
        for run in runs:
            assert run.wait() == [0], run.log()
        yield Crossing(runs[0], runs[1], runs[3], runs[2])
    finally:
        for run in runs:
            run.kill()


def checkpoint(run: EngineRun, step: int) -> Path:
    return run.run_dir / "checkpoints" / f"model.ckpt-{step}"


def test_both_versions_read_the_same_values(crossing: Crossing, tmp_path: Path) -> None:
    prefixes = [checkpoint(run, 3) for run in (crossing.old, crossing.current)]
    for folder, python in (("old", PYTHON), ("current", CURRENT)):
        (tmp_path / folder).mkdir()
        read_checkpoints(prefixes, tmp_path / folder, python)
    for number in range(2):
        one, other = (np.load(tmp_path / name / f"variables-{number}.npz") for name in ("old", "current"))
        assert_same(dict(one), dict(other), 0.0)


def test_training_goes_on_under_the_other_version_as_if_it_were_one(
    crossing: Crossing, tmp_path: Path
) -> None:
    for run in (crossing.old_after_current, crossing.current_after_old):
        assert [line.split()[1] for line in run.lines("step:")] == ["4", "5", "6"]
    start, *ends = read_checkpoints(
        [checkpoint(crossing.old, 3), *(checkpoint(run, 6) for run in crossing)], tmp_path, CURRENT
    )
    for end in ends[1:]:
        assert_same_training(ends[0], end)
    assert np.abs(ends[0]["dense_2/kernel"] - start["dense_2/kernel"]).max() > 1e-3
