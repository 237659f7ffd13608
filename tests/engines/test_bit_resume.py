"""A training of BiT that was killed goes on as if it never had been."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.engines.bit_runs import SMALL_BIT, told
from tests.engines.checkpoint_values import assert_same, read_checkpoints
from tests.engines.engine_runs import EngineRun


class Runs(NamedTuple):
    """``straight`` trains six steps. ``killed`` trains on the same schedule without end, until a SIGKILL;
    ``resumed`` goes on from its step 3 to step 6."""

    straight: EngineRun
    killed: EngineRun
    resumed: EngineRun


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("resume")
    flags = [f"--data_dir={images}", *SMALL_BIT, "--steps_per_epoch=2", "--mixup_alpha=0.4"]
    begun: list[EngineRun] = []

    def begin(name: str, *more: str) -> EngineRun:
        begun.append(EngineRun(folder / name, [*flags, *more], engine="bit"))
        return begun[-1]

    try:
        straight = begin("straight")
        kept = ("--save_checkpoints_steps=3", "--max_checkpoint_to_save=100000")
        killed = begin("killed", "--max_train_steps=100000", *kept)
        killed.wait_until(lambda: len(killed.lines("step:")) > 4, "a fifth step")
        killed.processes[0].kill()
        resumed = begin("resumed", f"--resume_from={killed.run_dir / 'checkpoints' / 'model.ckpt-3'}")
        assert [run.wait() for run in (straight, resumed)] == [[0], [0]], resumed.log()
        yield Runs(straight, killed, resumed)
    finally:
        for run in begun:
            run.kill()


def test_the_curve_is_that_of_the_uninterrupted_training(runs: Runs) -> None:
    assert told(runs.killed)[:3] == told(runs.straight)[:3]
    assert told(runs.resumed) == told(runs.straight)[3:]


def test_weights_momentum_and_early_stopping_are_too(runs: Runs, tmp_path: Path) -> None:
    ends = [run.run_dir / "checkpoints" / "model.ckpt-6" for run in (runs.straight, runs.resumed)]
    straight, resumed = read_checkpoints(ends, tmp_path)
    assert straight["global_step"] == 6
    assert "early_stopping/best" in straight
    assert "resnet/head/conv2d/kernel/Momentum" in straight
    assert_same(straight, resumed, 1e-6)


def test_the_best_checkpoint_is_kept_over_the_resume(runs: Runs) -> None:
    best = [run.result()["best_checkpoint"] for run in (runs.straight, runs.resumed)]
    assert best[0] == best[1]
