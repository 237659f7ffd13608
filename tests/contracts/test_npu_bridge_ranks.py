"""Several NPU ranks of a graph engine train what one CPU rank trains, and stay alike when one overflows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.contracts.npu_bridge_runs import NpuRun
from tests.engines.checkpoint_values import Values, assert_same_training, read_checkpoints
from tests.engines.engine_runs import SMALL_ALEXNET, EngineRun, write_images


class Runs(NamedTuple):
    """``cpu`` is one rank with batches of 8, ``npu`` two of 4 each with an overflow dump, in loops of two steps.
    ``skipping`` are two ranks with dropout, of which rank 1 overflows in step 2 of three. ``scored`` are two
    that evaluate the end of ``cpu``."""

    cpu: EngineRun
    npu: NpuRun
    skipping: NpuRun
    scored: NpuRun


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("npu-ranks")
    common = [f"--data_dir={write_images(folder / 'data')}", *SMALL_ALEXNET]
    halves = [*common, "--batch_size=4"]
    begun: list[EngineRun] = []

    def finish(run: EngineRun) -> None:
        begun.append(run)
        codes = run.wait()
        assert codes == [0] * len(codes), [run.log(rank) for rank in range(len(codes))]

    try:
        cpu = EngineRun(folder / "cpu", common)
        finish(cpu)
        npu = NpuRun(folder / "npu", [*halves, "--iterations_per_loop=2", "--over_dump=True"], 2)
        finish(npu)
        skipping = NpuRun(
            folder / "skipping",
            [*halves, "--mode=train", "--max_train_steps=3", "--save_checkpoints_steps=1", "--dropout=0.35"],
            2,
            first_device=4,
            NPU_BRIDGE_OVERFLOW="1:2",
        )
        finish(skipping)
        last = cpu.run_dir / "checkpoints" / "model.ckpt-6"
        scored = NpuRun(folder / "scored", [*halves, "--mode=evaluate", f"--restore_path={last}"], 2)
        finish(scored)
        yield Runs(cpu, npu, skipping, scored)
    finally:
        for run in begun:
            run.kill()


def checkpoints(folder: Path, *prefixes: Path) -> list[Values]:
    return read_checkpoints(prefixes, folder)


def test_two_ranks_train_the_parameters_of_the_cpu(runs: Runs, tmp_path: Path) -> None:
    ends = [run.run_dir / "checkpoints" / "model.ckpt-6" for run in (runs.cpu, runs.npu)]
    cpu, npu = checkpoints(tmp_path, *ends)
    assert npu["global_step"] == 6
    assert_same_training(cpu, npu)


@pytest.mark.parametrize("name", ["npu", "skipping", "scored"])
def test_all_ranks_end_with_the_same_variables(runs: Runs, name: str) -> None:
    run = getattr(runs, name)
    assert run.named("close", 0) == run.named("close", 1)


def test_ranks_ask_for_the_same_in_the_same_order(runs: Runs) -> None:
    momentum = {"optimizer": "MomentumOptimizer"}
    for rank in (0, 1):
        calls = [call for call in runs.npu.calls(rank) if call["call"] not in ("session", "close")]
        assert calls == [
            {"call": "NPUDistributedOptimizer", **momentum},
            {"call": "FixedLossScaleManager", "loss_scale": 1024.0},
            {
                "call": "NPULossScaleOptimizer",
                "optimizer": "NPUDistributedOptimizer",
                "is_distributed": True,
            },
            {"call": "allreduce", "reduction": "sum", "fusion": 0, "shape": [5]},
            {"call": "allreduce", "reduction": "sum", "fusion": 0, "shape": [5]},
            {"call": "broadcast", "root_rank": 0, "tensors": 33},
            {"call": "allreduce", "reduction": "sum", "fusion": 0, "shape": []},
            {"call": "set_iteration_per_loop", "iterations_per_loop": 2},
        ]
        assert runs.npu.options(rank) == {
            "use_off_line": True,
            "precision_mode": "allow_mix_precision",
            "iterations_per_loop": 2,
            "enable_data_pre_proc": True,
            "hcom_parallel": True,
            "enable_dump_debug": True,
            "dump_path": str(runs.npu.run_dir / "dumps" / "overflow"),
            "dump_debug_mode": "all",
        }
        assert [call["device"] for call in runs.skipping.named("session", rank)] == [4 + rank]


def test_rank_0_alone_writes(runs: Runs) -> None:
    assert [event["step"] for event in runs.skipping.events("checkpoint", 0)] == [1, 2, 3]
    assert runs.skipping.events("checkpoint", 1) == []


def test_an_overflow_of_one_rank_skips_the_step_of_all_and_counts_it(runs: Runs, tmp_path: Path) -> None:
    folder = runs.skipping.run_dir / "checkpoints"
    first, second, third = checkpoints(tmp_path, *[folder / f"model.ckpt-{step}" for step in (1, 2, 3)])
    assert [values.pop("global_step") for values in (first, second, third)] == [1, 2, 3]
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name], err_msg=name)
    assert np.abs(second["dense_2/kernel"] - third["dense_2/kernel"]).max() > 1e-4


def test_each_rank_drops_activations_of_its_own(runs: Runs) -> None:
    seeds = {drop["seed"] for rank in (0, 1) for drop in runs.skipping.named("dropout", rank)}
    assert len(seeds) == 4


def test_two_ranks_score_as_the_cpu_does(runs: Runs) -> None:
    (scored,), trained = runs.scored.events("evaluation"), runs.cpu.events("evaluation")[-1]
    assert scored == pytest.approx(trained, rel=1e-5)
