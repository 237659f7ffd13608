"""Line patterns of profiles: they come before the generic reader."""

from __future__ import annotations

import pytest

from console.errors import UserError
from console.metrics.reader import LineReader, parse_line


def test_group_names_say_what_is_caught() -> None:
    pattern = (
        r"S(?P<step>\d+) L(?P<loss>\S+) T(?P<step_time_ms>[\d.]+) A(?P<top1_percent>[\d.]+) G(?P<grad>\S+)"
    )
    reading = parse_line("S12 L0.5 T20 A0.5 Gnan", [pattern])
    assert reading is not None
    assert reading.values == {"step": 12, "loss": 0.5, "step_time": 0.02, "top1": 0.005}
    assert list(reading.extra) == ["grad"]


def test_words_may_be_caught_too() -> None:
    reading = parse_line(
        "[eval] 7 img/s", [r"\[(?P<phase>\w+)\] (?P<throughput>\d+) (?P<throughput_unit>\S+)"]
    )
    assert reading is not None
    assert (reading.phase, reading.throughput_unit) == ("eval", "img/s")


def test_the_first_pattern_that_matches_counts() -> None:
    reading = parse_line("a 5", [r"b (?P<loss>\d+)", r"a (?P<lr>\d+)", r"(?P<step>\d+)"])
    assert reading is not None
    assert reading.values == {"lr": 5}


def test_lines_no_pattern_matches_go_to_the_generic_reader() -> None:
    reading = parse_line("step 3 loss 0.5", [r"nothing (?P<loss>\d+)"])
    assert reading is not None
    assert reading.values == {"step": 3, "loss": 0.5}


def test_a_pattern_is_tried_on_the_last_update_of_a_bar() -> None:
    reading = parse_line("\rL1\rL2\rL3", [r"L(?P<loss>\d+)"])
    assert reading is not None
    assert reading.values == {"loss": 3}


@pytest.mark.parametrize(
    ("pattern", "key"), [("(?P<loss>", "metrics.parse_bad_pattern"), (r"loss \d+", "metrics.parse_no_groups")]
)
def test_a_useless_pattern_is_a_mistake(pattern: str, key: str) -> None:
    with pytest.raises(UserError) as mistake:
        LineReader([pattern])
    assert mistake.value.message.key == key
