"""The networks are the published ones, to the digit."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engines.checkpoint_values import run_script
from tests.engines.engine_runs import PYTHON

PUBLISHED = {
    "b0": 5_288_548,
    "b1": 7_794_184,
    "b2": 9_109_994,
    "b3": 12_233_232,
    "b4": 19_341_616,
    "b5": 30_389_784,
    "b6": 43_040_704,
    "b7": 66_347_960,
}

BLOCKS = (
    1448, 6004, 10710, 15350, 31290, 37130, 102900, 102900,
    126004, 208572, 208572, 262492, 587952, 587952, 587952, 717232,
)  # fmt: skip
"""Trained values of B0's blocks."""


VARIANTS = list(PUBLISHED) if Path(PYTHON) == Path(sys.executable) else ["b0", "b1"]
"""Shapes do not depend on the framework's version, and 1.15 takes minutes to build the large ones."""


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run_script("efficientnet_facts.py", *VARIANTS))
    return found


def test_every_variant_has_the_published_number_of_parameters(facts: dict[str, Any]) -> None:
    published = {name: PUBLISHED[name] for name in VARIANTS}
    assert {name: trained for name, (trained, _) in facts["sizes"].items()} == published
    assert facts["sizes"]["b0"][1] == 42_016, "moving statistics"


def test_other_class_counts(facts: dict[str, Any]) -> None:
    assert facts["ten"][0] == 4_020_358
    assert facts["background"][0] == 5_289_829


def test_variables_of_b0_are_named_and_sized_as_the_seeds(facts: dict[str, Any]) -> None:
    shapes = facts["published"]["shapes"]
    scope = "efficientnet-b0/model/"
    blocks = [
        sum(math.prod(shape) for name, shape in shapes.items() if name.startswith(f"{scope}blocks_{number}/"))
        for number in range(16)
    ]
    assert tuple(blocks) == BLOCKS
    assert shapes[scope + "stem/conv2d/kernel"] == [3, 3, 3, 32]
    assert shapes[scope + "stem/tpu_batch_normalization/gamma"] == [32]
    assert shapes[scope + "head/dense/bias"] == [1000]
    first, later = scope + "blocks_0/", scope + "blocks_1/"
    assert shapes[first + "conv2d/kernel"] == [1, 1, 32, 16], "the first block does not widen"
    assert first + "tpu_batch_normalization_2/beta" not in shapes
    assert shapes[later + "conv2d/kernel"] == [1, 1, 16, 96]
    assert shapes[later + "depthwise_conv2d/depthwise_kernel"] == [3, 3, 96, 1]
    assert shapes[later + "se/conv2d/kernel"] == [1, 1, 96, 4]
    assert shapes[later + "se/conv2d_1/bias"] == [96]
    assert shapes[later + "conv2d_1/kernel"] == [1, 1, 96, 24]
    assert shapes[later + "tpu_batch_normalization_2/gamma"] == [24]


def test_all_but_batch_normalisation_decays(facts: dict[str, Any]) -> None:
    shapes, decayed = facts["published"]["shapes"], facts["published"]["decayed"]
    assert {name.rpartition("/")[2] for name in set(shapes) - set(decayed)} == {"gamma", "beta"}
    assert "efficientnet-b0/model/blocks_1/se/conv2d/bias" in decayed


def test_initial_kernels_spread_by_the_fan_out(facts: dict[str, Any]) -> None:
    deviations = facts["published"]["deviations"]
    assert deviations["head/conv2d/kernel"] == pytest.approx(math.sqrt(2 / 1280), rel=0.01)
    assert deviations["blocks_12/depthwise_conv2d/depthwise_kernel"] == pytest.approx(
        math.sqrt(2 / 25), rel=0.02
    )
    assert deviations["blocks_5/se/conv2d/kernel"] == pytest.approx(math.sqrt(2 / 10), rel=0.05)
    limit = 1 / math.sqrt(1000)
    low, high = facts["published"]["dense"]
    assert -limit <= low < -0.99 * limit
    assert 0.99 * limit < high <= limit


def test_drop_connect_drops_whole_images_and_scales_the_rest(facts: dict[str, Any]) -> None:
    first, other_rank, other_step, evaluated = (np.array(one) for one in facts["drop_connect"])
    np.testing.assert_allclose(np.unique(first), [0.0, 1 / 0.75])
    assert (first == first[:, :1]).all(), "an image is dropped as one"
    assert 0.18 < (first[:, 0] == 0).mean() < 0.32
    assert (first != other_rank).any()
    assert (first != other_step).any()
    assert (evaluated == 1).all()


def test_nothing_is_random_in_evaluation(facts: dict[str, Any]) -> None:
    assert facts["evaluation_repeats"]
    assert not facts["training_repeats"]
