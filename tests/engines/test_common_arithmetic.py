"""Schedules, shards, step lists and lines against the published facts of the original."""

from __future__ import annotations

import json
import math
from itertools import chain
from typing import Any

import pytest

from tests.engines.checkpoint_values import run_script


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run_script("common_facts.py"))
    return found


def test_steps_of_the_published_training(facts: dict[str, Any]) -> None:
    assert facts["steps"] == [1251, 187650]


def test_warm_up_gives_the_published_rates(facts: dict[str, Any]) -> None:
    assert [f"{rate:7.5f}" for rate in facts["warm_up"]] == ["0.00671", "0.01151", "0.01727", "0.06000"]


def test_cosine_moves_in_whole_epochs_from_the_start_of_training(facts: dict[str, Any]) -> None:
    epochs = (5, 5, 6, 99, 149)
    cosine = [0.03 * (1 + math.cos(math.pi * epoch / 150)) for epoch in epochs]
    assert facts["cosine"] == pytest.approx(cosine)


def test_base_rate_follows_the_global_batch_unless_given(facts: dict[str, Any]) -> None:
    assert facts["bases"] == pytest.approx([0.0075, 0.015, 0.06])
    assert facts["given"] == pytest.approx([0.5])


def test_every_image_is_scored_exactly_once(facts: dict[str, Any]) -> None:
    for (images, ranks, batch), records in facts["scored"]:
        assert sorted(records) == list(range(images)), f"{images} images, {ranks} ranks, batch {batch}"


def test_shards_are_disjoint_and_an_epoch_repeats_nothing(facts: dict[str, Any]) -> None:
    for epoch in epochs_of(facts["trained"]):
        assert len(epoch) == 96, "four global batches of 24 of the 103 images"
        assert len(set(epoch)) == 96
        assert set(epoch) <= set(range(103))


def test_the_images_left_out_change_with_the_epoch(facts: dict[str, Any]) -> None:
    left_out = [set(range(103)) - set(epoch) for epoch in epochs_of(facts["trained"])]
    assert set.intersection(*left_out) != left_out[0]


def test_order_follows_from_seed_and_epoch_alone(facts: dict[str, Any]) -> None:
    first, second, third = epochs_of(facts["trained"])
    assert first != second != third != first
    assert facts["trained"] == facts["trained_again"]
    assert facts["trained"] != facts["other_seed"]


def test_ranks_share_the_batches_of_one(facts: dict[str, Any]) -> None:
    together = [[list(chain(*ranks))] for ranks in facts["trained"]]
    assert together == facts["trained_alone"]


def test_step_lists(facts: dict[str, Any]) -> None:
    lists = facts["lists"]
    assert lists["0|5|10-12"] == [0, 5, 10, 11, 12]
    assert lists["7"] == [7]
    assert lists["3-5|4"] == [3, 4, 5]
    for wrong in ("", "5-3", "a", "1-", "0-200", "-1"):
        assert isinstance(lists[wrong], str), wrong
        assert f"'{wrong}'" in lists[wrong]


def test_metric_lines_are_the_originals_with_the_accuracy_behind(facts: dict[str, Any]) -> None:
    assert facts["line"] == (
        "step:   700  epoch:  0.6  FPS:33558.6, loss: 6.754, total_loss: 7.786  lr:0.006710"
        "  batch_time:3.051382  top1:0.0312"
    )
    assert facts["late_line"].startswith("step:187650  epoch:150.0  FPS:333558.6, loss: 2.500,")
    assert "lr:0.000006579 " in facts["late_line"], "a small rate does not show as zero"


def epochs_of(steps: list[list[list[int]]]) -> list[list[int]]:
    """The records of each epoch of four steps, over all ranks."""
    flat = [list(chain(*ranks)) for ranks in steps]
    return [list(chain(*flat[first : first + 4])) for first in range(0, len(flat), 4)]
