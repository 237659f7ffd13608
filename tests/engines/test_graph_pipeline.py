"""What reaches the network, in which order, and the network itself, asked of the graph by a script."""

from __future__ import annotations

import io
import json
import math
from typing import Any

import numpy as np
import pytest
from PIL import Image

from console.catalog.data.formats.example import bytes_feature, encode_example, int64_feature
from console.catalog.data.formats.tfrecord import write_records
from tests.engines.checkpoint_values import run_script

IMAGES = 26
"""Three batches of eight an epoch, and two images left out."""

SIDE, BRIGHT, DARK = 80, 250, 5

Batches = list[tuple[list[int], list[bool]]]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("pipeline")
    halves = np.full((SIDE, SIDE, 3), DARK, np.uint8)
    halves[:, : SIDE // 2] = BRIGHT
    rim = np.full((SIDE, SIDE, 3), BRIGHT, np.uint8)
    rim[SIDE // 4 : -SIDE // 4, SIDE // 4 : -SIDE // 4] = DARK
    for prefix, pixels in (("train", halves), ("validation", rim)):
        examples = [example(pixels, number) for number in range(IMAGES)]
        write_records(folder / f"{prefix}-00000-of-00002", examples[:9])
        write_records(folder / f"{prefix}-00001-of-00002", examples[9:])
    found: dict[str, Any] = json.loads(run_script("pipeline_facts.py", folder))
    return found


def example(pixels: np.ndarray, number: int) -> bytes:
    """A record whose label is ``number``."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return encode_example(
        {"image/encoded": bytes_feature(buffer.getvalue()), "image/class/label": int64_feature(number + 1)}
    )


def epochs(batches: Batches) -> list[dict[int, bool]]:
    """By epoch: the images in their order, and whether each is mirrored."""
    found = []
    for first in range(0, len(batches), 3):
        pairs = [
            pair for labels, flips in batches[first : first + 3] for pair in zip(labels, flips, strict=True)
        ]
        assert len(dict(pairs)) == len(pairs) == 24, "no image twice in an epoch"
        found.append(dict(pairs))
    return found


def test_the_published_network(facts: dict[str, Any]) -> None:
    published = facts["published"]
    assert published["count"] == 61_266_088
    sizes = {name: math.prod(shape) for name, shape in published["shapes"].items()}
    layers = [sizes[f"{layer}/kernel"] + sizes[f"{layer}/bias"] for layer in ("conv2d", *LATER_LAYERS)]
    assert layers == [34944, 460992, 663936, 884992, 590080, 37752832, 16781312, 4097000]
    assert published["last"] == "BiasAdd"
    assert facts["clipped"] == "Relu"


LATER_LAYERS = ("conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4", "dense", "dense_1", "dense_2")


def test_initial_weights_by_version(facts: dict[str, Any]) -> None:
    assert facts["limits"] == pytest.approx(
        {
            "he_uniform": math.sqrt(6 / 600),
            "xavier": math.sqrt(6 / 800),
            "he_uniform_custom": math.sqrt(1 / 600),
        }
    )


def test_the_same_seed_gives_the_same_images_mirrored_alike(facts: dict[str, Any]) -> None:
    assert facts["trained"] == facts["again"]
    assert facts["trained"] != facts["other_seed"]


def test_epochs_differ_in_order_and_in_what_they_leave_out(facts: dict[str, Any]) -> None:
    orders = [list(epoch) for epoch in epochs(facts["trained"])]
    assert len(orders) == 3
    assert orders[0] != orders[1] != orders[2] != orders[0]
    assert len({frozenset(order) for order in orders}) > 1


def test_each_image_is_mirrored_on_its_own_and_anew_in_every_epoch(facts: dict[str, Any]) -> None:
    found = epochs(facts["trained"])
    for epoch in found:
        assert 6 <= sum(epoch.values()) <= 18
    common = set(found[0]) & set(found[1])
    assert 0 < sum(found[0][image] != found[1][image] for image in common) < len(common)
    assert not any(flag for _, flips in facts["unmirrored"] for flag in flips)


def test_ranks_share_the_batch_of_one_and_mirror_alike(facts: dict[str, Any]) -> None:
    first, second = facts["ranks"]
    joined = [[a[0] + b[0], a[1] + b[1]] for a, b in zip(first, second, strict=True)]
    assert joined == facts["trained"]


def test_a_later_start_continues_the_same_order(facts: dict[str, Any]) -> None:
    assert facts["later"] == facts["trained"][4:]


def test_evaluation_shows_every_image_once(facts: dict[str, Any]) -> None:
    assert facts["scored"][0] == facts["scored_middle"][0] == list(range(IMAGES))


def test_evaluation_crops_the_middle(facts: dict[str, Any]) -> None:
    def normalised(value: float) -> float:
        return max(
            (value - mean) / std for mean, std in ((123.675, 58.395), (116.28, 57.12), (103.53, 57.375))
        )

    assert facts["scored"][1] == pytest.approx(normalised(BRIGHT), abs=1e-3)
    assert facts["scored_middle"][1] == pytest.approx(normalised(DARK), abs=1e-3)


def test_random_crops_keep_to_aspect_and_area(facts: dict[str, Any]) -> None:
    windows = np.array(facts["windows"])
    top, left, height, width = windows.T
    assert (windows >= 0).all()
    assert ((top + height <= 60) & (left + width <= 80)).all()
    partial = (height < 60) | (width < 80)
    assert partial.mean() > 0.95
    aspects, areas = (width / height)[partial], (width * height / 4800)[partial]
    assert aspects.min() > 0.7
    assert aspects.max() < 1.4
    assert 0.07 < areas.min() < 0.2
    assert 0.7 < areas.max() <= 1.0
    assert len({tuple(window) for window in windows.tolist()}) > 300


def test_random_crops_cover_a_tenth_of_the_box(facts: dict[str, Any]) -> None:
    top, left, height, width = np.array(facts["windows_on_box"]).T
    common_height = np.minimum(top + height, 42) - np.maximum(top, 30)
    common_width = np.minimum(left + width, 56) - np.maximum(left, 40)
    assert (np.maximum(common_height, 0) * np.maximum(common_width, 0) >= 0.1 * 12 * 16 - 1e-6).all()


def test_the_whole_image_where_no_crop_fits(facts: dict[str, Any]) -> None:
    assert {tuple(window) for window in facts["windows_none"]} == {(0, 0, 60, 80)}


def test_equal_and_non_finite_scores_never_count_as_right(facts: dict[str, Any]) -> None:
    top1, top2 = facts["tops"]
    assert top1 == [1, 0, 0, 0, 1, 0]
    assert top2 == [1, 1, 0, 0, 1, 1]
