"""The published networks to the digit, the recipe's rates, and what the maps become."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from tests.engines.checkpoint_values import run_script
from tests.engines.hrnet_runs import write_cfg

BIASES = 3840
"""Channels of the four convolutions in the head that the official network gives a bias."""

ANOTHER_CLASS = 2049


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    cfg = write_cfg(tmp_path_factory.mktemp("cfg"))
    found: dict[str, Any] = json.loads(run_script("hrnet_network.py", cfg))
    return found


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run_script("hrnet_facts.py"))
    return found


def size(shapes: dict[str, list[int]], *starts: str) -> int:
    """Scalars in the variables whose names begin with one of ``starts``, or in all."""
    return sum(math.prod(shape) for name, shape in shapes.items() if name.startswith(starts or ("",)))


def test_w18_has_the_published_parameters(network: dict[str, Any]) -> None:
    shapes = network["w18"]["shapes"]
    assert size(shapes) == 21_297_213
    assert network["w18"]["logits"] == [1, 1001]
    assert shapes["dense/kernel"] == [2048, 1001]
    assert size(shapes) - ANOTHER_CLASS == 21_295_164
    assert size(shapes) - ANOTHER_CLASS + BIASES == 21_299_004
    assert not [name for name in shapes if name.endswith("/conv/bias")]


def test_w18_by_its_parts(network: dict[str, Any]) -> None:
    shapes = network["w18"]["shapes"]
    fuses = {
        stage: size({n: s for n, s in shapes.items() if n.startswith(stage) and "/fuse" in n})
        for stage in STAGES
    }
    assert fuses == {"stage2": 6_588, "stage3": 195_264, "stage4": 747_036}
    assert {stage: size(shapes, stage) - fuses[stage] for stage in STAGES} == {
        "stage2": 117_504,
        "stage3": 1_967_616,
        "stage4": 5_961_600,
    }
    parts = (
        "stem",
        "stage1",
        "transition1",
        "transition2",
        "transition3",
        "head/incre",
        "head/down",
        "head/final",
    )
    assert [size(shapes, part) for part in parts] == [
        38_848,
        286_208,
        124_524,
        23_472,
        93_600,
        1_385_920,
        6_196_736,
        2_101_248,
    ]


STAGES = ("stage2", "stage3", "stage4")


def test_w30_with_the_official_biases_has_the_published_parameters(network: dict[str, Any]) -> None:
    shapes = network["w30"]["shapes"]
    assert size(shapes) == 37_712_220
    biases = {name: shape for name, shape in shapes.items() if name.endswith("/conv/bias")}
    assert size(biases) == BIASES
    assert size(shapes) - BIASES == 37_708_380
    assert size(shapes) - BIASES + ANOTHER_CLASS == 37_710_429


def test_branches_halve_and_double(network: dict[str, Any]) -> None:
    maps = network["w30"]["maps"]
    last = [maps[f"stage4/module3/fuse{i}/sum"] for i in (1, 2, 3, 4)]
    assert last == [[56, 56, 30], [28, 28, 60], [14, 14, 120], [7, 7, 240]]


def test_maps_need_be_neither_square_nor_even(network: dict[str, Any]) -> None:
    maps = network["oblong"]["maps"]
    last = [maps[f"stage4/module1/fuse{i}/sum"][:2] for i in (1, 2, 3, 4)]
    assert last == [[10, 18], [5, 9], [3, 5], [2, 3]]
    x = np.array(network["x"])
    twice = x.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_array_equal(np.array(network["larger"][0]), twice)
    np.testing.assert_array_equal(np.array(network["larger"][1]), twice[:, :5, :7])


@pytest.mark.parametrize(("ranks", "first"), [("one", 0.0125), ("eight", 0.1)])
def test_the_rate_goes_with_the_global_batch_and_drops_at_30_60_and_90(
    facts: dict[str, Any], ranks: str, first: float
) -> None:
    expected = [[first * 0.1**i, first * 0.1 ** (i + 1)] for i in range(3)]
    np.testing.assert_allclose(facts[ranks], expected, rtol=1e-9)


def test_other_rates(facts: dict[str, Any]) -> None:
    np.testing.assert_allclose(facts["warm"], [[0.1, 0.1]])
    np.testing.assert_allclose(facts["own"], [[0.5, 0.05], [0.05, 0.005]])
    np.testing.assert_allclose(facts["seed"], [[0.0125, 0.0125]])


def test_the_cfg_sets_what_no_flag_sets(facts: dict[str, Any]) -> None:
    assert facts["w18"] == {
        "num_classes": 1001,
        "display_every": 1,
        "save_checkpoints_steps": 10000,
        "momentum": 0.9,
        "weight_decay": 1e-4,
        "mode": "evaluate",
        "max_train_steps": None,
    }
    changed = {"num_classes": 10, "display_every": 7, "save_checkpoints_steps": 9}
    more = {"mode": "train_and_evaluate", "max_train_steps": 100 * 100}
    assert facts["w30"] == {**facts["w18"], **changed, **more}


def test_the_original_line(facts: dict[str, Any]) -> None:
    assert facts["line"] == (
        "iter #100: lr = 1.2500e-02 | loss = 8.1234e+00 | acc_top1 = 0.0000e+00 | acc_top5 = 3.1250e-02 "
        "| l2_loss = 1.1234e+00 | speed = 324.63 pics / sec"
    )
