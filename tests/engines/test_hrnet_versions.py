"""HRNet's checkpoints, batch normalisation included, go from one version of TensorFlow to another and back.

This takes two interpreters, as ``test_graph_versions.py`` does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.engines.checkpoint_values import assert_same, read_checkpoints
from tests.engines.engine_runs import PYTHON, EngineRun
from tests.engines.hrnet_runs import Runs, checkpoint, timeless

CURRENT = sys.executable


class Crossing(NamedTuple):
    """Six steps under each version, and the last three again under the other one."""

    old: EngineRun
    current: EngineRun
    current_after_old: EngineRun
    old_after_current: EngineRun


@pytest.fixture(scope="module")
def crossing(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[Crossing]:
    runs = Runs(tmp_path_factory.mktemp("hrnet-versions"), images)
    try:
        straight = [
            runs.begin(name, python=python) for name, python in (("old", PYTHON), ("current", CURRENT))
        ]
        runs.finish(*straight)
        crossed = [
            runs.begin(f"after-{run.run_dir.name}", f"--resume_from={checkpoint(run, 3)}", python=python)
            for run, python in zip(straight, (CURRENT, PYTHON), strict=True)
        ]
        runs.finish(*crossed)
        yield Crossing(*straight, *crossed)
    finally:
        runs.kill()


def test_both_versions_read_the_same_values(crossing: Crossing, tmp_path: Path) -> None:
    prefixes = [checkpoint(run, 3) for run in (crossing.old, crossing.current)]
    found = []
    for folder, python in (("old", PYTHON), ("current", CURRENT)):
        (tmp_path / folder).mkdir()
        found.append(read_checkpoints(prefixes, tmp_path / folder, python))
    for one, other in zip(*found, strict=True):
        assert_same(one, other, 0.0)


def test_training_goes_on_under_the_other_version(crossing: Crossing) -> None:
    for run, other in (
        (crossing.current_after_old, crossing.old),
        (crossing.old_after_current, crossing.current),
    ):
        np.testing.assert_allclose(timeless(run), timeless(other)[3:], rtol=1e-2)
        events = [one.events("evaluation")[-1] for one in (run, other)]
        assert events[0]["loss"] == pytest.approx(events[1]["loss"], rel=1e-2)
