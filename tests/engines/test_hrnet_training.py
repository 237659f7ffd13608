"""What one training of HRNet prints, writes and computes, against independent arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.engines.checkpoint_values import Values, read_checkpoints
from tests.engines.engine_runs import EVAL_IMAGES, TRAIN_IMAGES, EngineRun
from tests.engines.hrnet_runs import (
    BN_DECAY,
    LR,
    MOMENTUM,
    WEIGHT_DECAY,
    Runs,
    checkpoint,
    conv_bn,
    convolve,
    lines,
)

DUMPED = (
    "--data_dump=True --data_dump_step=1-2 --save_step=1 --max_checkpoint_to_save=9 --nb_threads=8".split()
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[EngineRun]:
    """Six steps with three evaluations, a checkpoint of each, the first two dumped."""
    runs = Runs(tmp_path_factory.mktemp("hrnet"), images)
    try:
        whole = runs.begin("whole", *DUMPED)
        runs.finish(whole)
        yield whole
    finally:
        runs.kill()


@pytest.fixture(scope="module")
def first(run: EngineRun) -> dict[str, np.ndarray]:
    """The tensors of the first step."""
    return run.dump("dumps/data/step-1_rank-0")


@pytest.fixture(scope="module")
def after(run: EngineRun, tmp_path_factory: pytest.TempPathFactory) -> Values:
    """All variables after the second step."""
    (values,) = read_checkpoints([checkpoint(run, 2)], tmp_path_factory.mktemp("values"))
    return values


def test_prints_lines_in_the_original_format(run: EngineRun) -> None:
    told = lines(run)
    assert [line[0] for line in told] == [1, 2, 3, 4, 5, 6]
    # Three epochs: the milestones are 0.9, 1.8 and 2.7 of them, that is, before steps 3, 5 and 7.
    assert [line[1] for line in told] == pytest.approx(
        [LR, LR, LR / 10, LR / 10, LR / 100, LR / 100], rel=1e-3
    )
    for line in told:
        assert line[3] * 8 == pytest.approx(round(line[3] * 8), abs=1e-3)
        assert line[6] > 0
    assert "--nb_threads is not used" in run.log()


def test_the_line_splits_what_is_minimised(run: EngineRun, first: dict[str, np.ndarray]) -> None:
    told = lines(run)[0]
    logits, labels = first["dense"].astype(np.float64), first["loss/labels"]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    own = (powers / powers.sum(axis=1, keepdims=True))[np.arange(8), labels]
    weights = [one for name, one in first.items() if name.endswith(("/kernel", "/bias", "/gamma", "/beta"))]
    assert sum(one.size for one in weights) == run.events("start")[0]["parameters"]
    decay = WEIGHT_DECAY * sum(0.5 * np.sum(one.astype(np.float64) ** 2) for one in weights)
    assert told[5] == pytest.approx(decay, rel=1e-4)
    assert told[2] == pytest.approx(-np.log(own).mean() + decay, rel=1e-4)


def test_every_module_exchanges_between_all_its_branches(first: dict[str, np.ndarray]) -> None:
    module = "stage4/module1"
    branches = [first[f"{module}/branch{i}/block1/sum"] for i in (1, 2, 3, 4)]
    assert [branch.shape[1:] for branch in branches] == [(8, 8, 4), (4, 4, 8), (2, 2, 16), (1, 1, 32)]
    for i, own in enumerate(branches):
        total = own.astype(np.float64)
        for j, other in enumerate(branches):
            name = f"{module}/fuse{i + 1}/from{j + 1}"
            if j > i:
                small = conv_bn(first, name, other)
                total = total + small.repeat(2 ** (j - i), axis=1).repeat(2 ** (j - i), axis=2)
            for step in range(1, i - j + 1):
                other = conv_bn(first, f"{name}/{step}", other, stride=2)
                assert other.shape[3] == (own if step == i - j else branches[j]).shape[3]
                other = other if step == i - j else np.maximum(other, 0)
            total = total + other if j < i else total
        np.testing.assert_allclose(first[f"{module}/fuse{i + 1}/sum"], np.maximum(total, 0), atol=2e-3)


def test_a_transition_adds_one_branch_of_half_the_size(first: dict[str, np.ndarray]) -> None:
    before = first["stage3/module1/fuse3/sum"]
    made = np.maximum(conv_bn(first, "transition3/branch4/down1", before, stride=2), 0)
    np.testing.assert_allclose(first["transition3/branch4/down1/bn"], made, atol=2e-3)
    made = np.maximum(conv_bn(first, "transition1/branch1", first["stage1/block1/sum"]), 0)
    np.testing.assert_allclose(first["transition1/branch1/bn"], made, atol=2e-3)
    assert not [name for name in first if name.startswith("transition3/branch1")], "it has its width already"


def test_a_block_adds_its_input(first: dict[str, np.ndarray]) -> None:
    x = first["stage3/module1/fuse1/sum"]
    y = np.maximum(conv_bn(first, "stage4/module1/branch1/block1/1", x), 0)
    y = conv_bn(first, "stage4/module1/branch1/block1/2", y)
    np.testing.assert_allclose(first["stage4/module1/branch1/block1/sum"], np.maximum(x + y, 0), atol=2e-3)


def test_the_head_adds_each_branch_on_the_way_down(first: dict[str, np.ndarray]) -> None:
    total = first["head/incre1/sum"].astype(np.float64)
    for i in (1, 2, 3):
        down = np.maximum(conv_bn(first, f"head/down{i}", total, stride=2), 0)
        total = first[f"head/incre{i + 1}/sum"] + down
        np.testing.assert_allclose(first[f"head/sum{i}"], total, atol=2e-3)
    final = np.maximum(conv_bn(first, "head/final", total), 0)
    np.testing.assert_allclose(first["average"], final.mean(axis=(1, 2)), atol=2e-3)


def test_normalisation_follows_the_batches(
    first: dict[str, np.ndarray], run: EngineRun, after: Values
) -> None:
    second = run.dump("dumps/data/step-2_rank-0")
    name = "stage2/module1/branch2/block1/1"
    mean, variance = np.zeros(8), np.ones(8)
    for tensors in (first, second):
        y = convolve(tensors["transition1/branch2/down1/bn"], tensors[f"{name}/conv/kernel"])
        count = y.size / y.shape[3]
        mean = BN_DECAY * mean + (1 - BN_DECAY) * y.mean(axis=(0, 1, 2))
        unbiased = y.var(axis=(0, 1, 2)) * count / (count - 1)
        variance = BN_DECAY * variance + (1 - BN_DECAY) * unbiased
    np.testing.assert_allclose(after[f"{name}/bn/moving_mean"], mean, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(after[f"{name}/bn/moving_variance"], variance, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", ["stem/1/conv/kernel", "stage4/module1/fuse1/from4/bn/gamma", "dense/bias"])
def test_update_is_momentum_with_weight_decay_on_everything(
    first: dict[str, np.ndarray], run: EngineRun, after: Values, name: str
) -> None:
    second = run.dump("dumps/data/step-2_rank-0")
    value = first[name].astype(np.float64)
    velocity = np.zeros_like(value)
    for tensors, then in ((first, second), (second, after)):
        velocity = MOMENTUM * velocity + tensors[f"{name}/gradient"] + WEIGHT_DECAY * value
        value = value - LR * velocity
        np.testing.assert_allclose(then[name], value, rtol=1e-5, atol=1e-7)


def test_evaluates_every_epoch_with_the_moving_statistics(run: EngineRun) -> None:
    events = run.events("evaluation")
    assert [event["step"] for event in events] == [2, 4, 6]
    assert {event["images"] for event in events} == {EVAL_IMAGES}
    assert run.events("start")[0]["train_images"] == TRAIN_IMAGES
    assert not run.lines("acc_top1 = "), "they would pass for the training's own"
