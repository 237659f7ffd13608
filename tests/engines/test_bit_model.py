"""BiT's network is the published one, to the digit and to the name."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.engines.checkpoint_values import run_script

BODY = 23_500_352
PARTS = {
    "resnet/root_block": 9_408,
    "resnet/block1": 214_912,
    "resnet/block2": 1_218_048,
    "resnet/block3": 7_095_296,
    "resnet/block4": 14_958_592,
    "resnet/group_norm": 4_096,
}


class Facts(NamedTuple):
    """The shapes of R50x1's variables by name, and what its operations compute."""

    shapes: dict[str, list[int]]
    arrays: dict[str, np.ndarray]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    path: Path = tmp_path_factory.mktemp("bit") / "arrays.npz"
    shapes = json.loads(run_script("bit_facts.py", path))["shapes"]
    return Facts(shapes, dict(np.load(path)))


def published_names() -> Iterator[str]:
    """The arrays of a BiT-M R50x1 archive."""
    yield "resnet/root_block/standardized_conv2d/kernel"
    for block, units in enumerate((3, 4, 6, 3), 1):
        for unit in range(1, units + 1):
            name = f"resnet/block{block}/unit{unit:02d}"
            if unit == 1:
                yield f"{name}/a/proj/standardized_conv2d/kernel"
            for part in "abc":
                yield f"{name}/{part}/standardized_conv2d/kernel"
                yield f"{name}/{part}/group_norm/gamma"
                yield f"{name}/{part}/group_norm/beta"
    yield "resnet/group_norm/gamma"
    yield "resnet/group_norm/beta"
    yield "resnet/head/conv2d/kernel"
    yield "resnet/head/conv2d/bias"


def test_parameters_are_counted_to_the_digit(facts: Facts) -> None:
    sizes = {name: math.prod(shape) for name, shape in facts.shapes.items()}
    parts = {part: sum(size for name, size in sizes.items() if name.startswith(part + "/")) for part in PARTS}
    assert parts == PARTS
    assert sum(sizes.values()) == BODY + 2048 * 5 + 5
    assert facts.shapes["resnet/head/conv2d/kernel"] == [1, 1, 2048, 5]


def test_variables_have_the_published_names(facts: Facts) -> None:
    assert set(facts.shapes) == set(published_names())


def test_a_new_head_says_nothing(facts: Facts) -> None:
    assert facts.arrays["logits"].shape == (1, 5)
    assert not facts.arrays["logits"].any()


def test_group_normalisation_is_that_of_32_groups_per_image(facts: Facts) -> None:
    x = facts.arrays["x"].astype(np.float64)
    grouped = x.reshape(2, 5 * 4, 32, 2)
    mean = grouped.mean(axis=(1, 3), keepdims=True)
    variance = grouped.var(axis=(1, 3), keepdims=True)
    normalised = ((grouped - mean) / np.sqrt(variance + 1e-5)).reshape(x.shape)
    expected = normalised * facts.arrays["gamma"] + facts.arrays["beta"]
    np.testing.assert_allclose(facts.arrays["group_normalised"], expected, rtol=1e-4, atol=1e-4)


def test_weights_are_standardised_per_filter(facts: Facts) -> None:
    kernel = facts.arrays["kernel"].astype(np.float64)
    axes = (0, 1, 2)
    expected = (kernel - kernel.mean(axes)) / np.sqrt(kernel.var(axes) + 1e-10)
    np.testing.assert_allclose(facts.arrays["standardised"], expected, rtol=1e-4, atol=1e-5)


def test_the_root_pools_zeros_at_the_border(facts: Facts) -> None:
    pooled = facts.arrays["pooled"][0, :, :, 0]
    assert pooled.tolist() == [[0, 0, 0], [0, -1, 0], [0, 0, 0]]


def test_momentum_is_polyaks(facts: Facts) -> None:
    weight, velocity = np.array([1.0, -2.0]), np.zeros(2)
    for row, (gradient, lr) in enumerate((([0.5, 1.0], 0.1), ([0.25, -1.0], 0.1), ([0.0, 0.5], 0.01))):
        velocity = 0.9 * velocity + np.array(gradient)
        weight = weight - lr * velocity
        np.testing.assert_allclose(facts.arrays["followed"][row], weight, rtol=1e-6)
