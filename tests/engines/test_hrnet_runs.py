"""HRNet's runs among others: several ranks, a killed one, other classes, a stop, an overflow, an evaluation."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.engines.checkpoint_values import SCRIPTS, assert_same, read_checkpoints
from tests.engines.engine_runs import EVAL_IMAGES, REPOSITORY, EngineRun
from tests.engines.hrnet_runs import BN_DECAY, LR, WEIGHT_DECAY, Runs, checkpoint, convolve, timeless

LONG = ("--mode=train", "--max_train_steps=120", "--save_step=40")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[Runs]:
    made = Runs(tmp_path_factory.mktemp("hrnet-runs"), images)
    try:
        yield made
    finally:
        made.kill()


@pytest.fixture(scope="module")
def two(runs: Runs) -> EngineRun:
    """Two ranks with four images each that dump their first step."""
    flags = "--batch_size=4 --data_dump_flag=True --data_dump_step=1 --save_step=1 --enbl_multi_gpu=True"
    program, path = SCRIPTS / "keep_variables.py", str(REPOSITORY)
    run = runs.begin(
        "two", *flags.split(), "--max_checkpoint_to_save=9", ranks=2, program=program, PYTHONPATH=path
    )
    runs.finish(run)
    return run


@pytest.fixture(scope="module")
def straight(runs: Runs) -> EngineRun:
    """120 steps without a break."""
    run = runs.begin("straight", *LONG)
    runs.finish(run)
    return run


def test_two_ranks_apply_the_mean_gradient_and_follow_the_mean_statistics(
    two: EngineRun, tmp_path: Path
) -> None:
    ranks = [two.dump(f"dumps/data/step-1_rank-{rank}") for rank in (0, 1)]
    (values,) = read_checkpoints([checkpoint(two, 1)], tmp_path)
    for name in ("stem/1/conv/kernel", "stage3/module1/fuse2/from1/1/bn/beta", "dense/kernel"):
        gradients = [tensors[f"{name}/gradient"].astype(np.float64) for tensors in ranks]
        assert np.abs(gradients[0] - gradients[1]).max() > 1e-6, "the ranks see different images"
        before = ranks[0][name].astype(np.float64)
        np.testing.assert_array_equal(before, ranks[1][name])
        expected = before - LR * (np.mean(gradients, axis=0) + WEIGHT_DECAY * before)
        np.testing.assert_allclose(values[name], expected, rtol=1e-4, atol=1e-7)
    name = "stage1/block1/2"
    means = [
        convolve(one["stage1/block1/1/bn"], one[f"{name}/conv/kernel"]).mean(axis=(0, 1, 2)) for one in ranks
    ]
    expected = (1 - BN_DECAY) * np.mean(means, axis=0)
    np.testing.assert_allclose(values[f"{name}/bn/moving_mean"], expected, rtol=1e-3, atol=1e-6)


def test_ranks_tell_the_same_and_rank_0_alone_writes(two: EngineRun) -> None:
    assert timeless(two, 0) == timeless(two, 1)
    assert len(timeless(two)) == 6
    assert two.events("checkpoint", 0)
    assert not two.events("checkpoint", 1)


def test_ranks_hold_the_same_of_everything(two: EngineRun) -> None:
    first, second = (dict(np.load(two.run_dir / f"variables-{rank}.npz")) for rank in (0, 1))
    assert {"global_step", "dense/kernel/Momentum", "stem/1/bn/moving_variance"} <= first.keys()
    assert_same(first, second, 0.0)


def test_ranks_go_on_together_from_the_checkpoint_of_rank_0(runs: Runs, two: EngineRun) -> None:
    flags = ["--batch_size=4", f"--resume_from={checkpoint(two, 3)}", "--mode=train"]
    resumed = runs.begin("two-resumed", *flags, ranks=2)
    runs.finish(resumed)
    assert timeless(resumed, 0) == timeless(resumed, 1)
    np.testing.assert_allclose(timeless(resumed), timeless(two)[3:], rtol=1e-3)


def test_a_killed_training_goes_on_as_if_nothing_had_been(
    runs: Runs, straight: EngineRun, tmp_path: Path
) -> None:
    killed = runs.begin("killed", *LONG)
    killed.wait_until(lambda: killed.events("checkpoint"), "a checkpoint")
    killed.kill()
    assert killed.wait() == [-signal.SIGKILL]
    resumed = runs.begin("killed", *LONG, "--resume_training=True")
    runs.finish(resumed)
    assert timeless(resumed) == timeless(straight)[-len(timeless(resumed)) :]
    assert timeless(resumed)[0][0] in (41, 81)
    ends = read_checkpoints([checkpoint(one, 120) for one in (straight, resumed)], tmp_path)
    assert_same(ends[0], ends[1], 1e-6)


def test_every_image_is_scored_once_whatever_the_batch(runs: Runs, two: EngineRun) -> None:
    flags = ["--eval_only=True", "--batch_size_eval=8", f"--restore_path={checkpoint(two, 6)}"]
    scored = runs.begin("scored", *flags)
    runs.finish(scored)
    (event,), reference = scored.events("evaluation"), two.events("evaluation")[-1]
    assert event["images"] == reference["images"] == EVAL_IMAGES
    for name in ("top1", "top5", "loss"):
        assert event[name] == pytest.approx(reference[name], abs=1e-4)
    told = dict(line.split(" = ") for line in scored.log().splitlines() if " = " in line)
    assert float(told["acc_top1"]) == pytest.approx(event["top1"], abs=1e-4)
    assert float(told["loss"]) == pytest.approx(event["loss"] + float(told["l2_loss"]), rel=1e-3)
    assert float(told["l2_loss"]) > 0


def test_other_classes_take_all_but_the_last_layer_and_a_stop_is_kept(
    runs: Runs, two: EngineRun, tmp_path: Path
) -> None:
    source = checkpoint(two, 6)
    flags = ["--nb_classes=7", f"--restore_path={source}", "--max_train_steps=100000", "--mode=train"]
    run = runs.begin("other", *flags, "--data_dump_flag=True", "--data_dump_step=0")
    run.wait_until(lambda: len(run.lines("iter #")) > 2, "a third step")
    run.terminate(0)
    runs.finish(run)
    assert run.lines("Skipped as asked: ") == ["Skipped as asked: dense/kernel, dense/bias"]
    assert not run.lines("Missing in the checkpoint")
    begun = run.dump("dumps/data/step-0_rank-0")
    (values,) = read_checkpoints([source], tmp_path)
    np.testing.assert_array_equal(begun["stem/1/conv/kernel"], values["stem/1/conv/kernel"])
    assert begun["dense/kernel"].shape == (16, 7)
    (stop,) = run.events("stop")
    assert run.result()["status"] == "stopped"
    assert run.result()["checkpoint"] == f"checkpoints/model.ckpt-{stop['step']}"


def test_an_overflow_is_found_where_it_began(runs: Runs) -> None:
    run = runs.begin("overflow", "--lr=1e30", "--mode=train", "--over_dump=True", "--over_dump_stop=True")
    runs.finish(run)
    (event,) = run.events("overflow")
    assert event["step"] == 2, "the first update is absurd, the second step overflows"
    tensors = run.dump(event["path"])
    assert not np.isfinite(tensors[event["tensor"]]).all()
    assert run.events("stop") == [{"kind": "stop", "step": 2}]
