"""State kept from line to line: tables, headings, percentages; and lines of several updates."""

from __future__ import annotations

import math

import pytest

from console.metrics.reader import LineReader, parse_line
from console.metrics.samples import Reading


def read_all(*lines: str | bytes) -> list[Reading | None]:
    reader = LineReader()
    return [reader.read(line) for line in lines]


def values(reading: Reading | None) -> dict[str, float]:
    assert reading is not None
    return dict(reading.values)


def test_a_table_under_an_evaluation_heading_belongs_to_the_evaluation() -> None:
    *_, row = read_all(
        "Evaluating",
        "Validation dataset size: 360",
        "step      epoch  top1    top5     loss   checkpoint_time(UTC)",
        "660       30.0   98.612  100.00   0.51   2026-06-18 11:18:45",
    )
    assert row is not None
    assert row.phase == "eval"
    assert values(row) == {"step": 660, "epoch": 30.0, "top1": 0.98612, "top5": 1.0, "loss": 0.51}


def test_numbers_without_a_header_are_no_row() -> None:
    assert read_all("660  30.0  98.612  100.00  0.51") == [None]


def test_a_row_of_another_width_is_no_row() -> None:
    assert read_all("step  loss  lr", "660  0.5")[1] is None


def test_noise_between_header_and_rows_does_no_harm() -> None:
    *_, row = read_all("epoch | loss | acc", "W geop_npu.cc:758] [GEOP] callback, status:0", "3 | 0.5 | 0.81")
    assert values(row) == {"epoch": 3, "loss": 0.5, "top1": 0.81}


def test_cells_without_a_number_are_left_out() -> None:
    *_, row = read_all(
        "| Epoch | Loss | Val Loss | Acc |", "|---|---|---|---|", "| 3/10 | 0.5 | - |  81.2% |"
    )
    assert values(row) == {"epoch": 3, "total_epochs": 10, "loss": 0.5, "top1": 0.812}


def test_scores_beside_the_name_of_a_checkpoint_are_those_of_an_evaluation() -> None:
    *_, row = read_all("step  top1  checkpoint", "660  98.6  2026-06-18")
    assert row is not None
    assert row.phase == "eval"


def test_single_numbers_under_a_heading_take_its_phase_until_training_goes_on() -> None:
    _, loss, step, later = read_all(
        "***** Eval results *****", "loss = 0.07", "step 5 loss 0.4", "loss = 0.3"
    )
    assert [one and one.phase for one in (loss, step, later)] == ["eval", None, None]


def test_a_percentage_below_one_is_known_by_earlier_ones() -> None:
    high, low = read_all("epoch 3 accuracy 12.5", "epoch 4 accuracy 0.75")
    assert values(high)["top1"] == 0.125
    assert values(low)["top1"] == 0.0075


def test_a_fraction_stays_a_fraction() -> None:
    assert values(parse_line("epoch 4 accuracy 0.75"))["top1"] == 0.75


@pytest.mark.parametrize("word", ["nan", "NaN", "NAN"])
def test_nan_survives(word: str) -> None:
    assert math.isnan(values(parse_line(f"step 3 loss {word}"))["loss"])


def test_the_last_update_of_a_bar_counts() -> None:
    line = "".join(f"\r{i}/9 [=====>....] - ETA: 3s - loss: {i / 10}" for i in range(1, 10))
    assert values(parse_line(line)) == {"step": 9, "total_steps": 9, "loss": 0.9}


def test_an_update_that_was_cut_off_gives_way_to_the_one_before() -> None:
    line = "1/9 [====>....] - loss: 0.51 - acc: 0.9\r2/9 [====>....] - loss: 0.4"
    assert values(parse_line(line))["loss"] == 0.51


def test_a_metric_behind_a_megabyte_of_updates_is_read() -> None:
    line = b"\r".join(b"%d/60000 [=>....] - loss: 0.5" % step for step in range(40_000))
    assert len(line) > 1_000_000
    assert values(parse_line(line))["step"] == 39_999


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        " ",
        "[",
        "(",
        "1",
        "0.",
        "a=",
        "loss ",
        "loss: ",
        "1/",
        "x 1 ",
        "é",
        "\x1b[",
        "\b",
        "\r\b",
        "\r1/9 loss: 0.5",
        "'",
        "-",
    ],
)
def test_a_megabyte_of_anything_is_passed_in_linear_time(unit: str) -> None:
    reading = parse_line("loss: 0.5 " + unit * (1_000_000 // len(unit)))
    assert reading is None or reading.values.keys() <= {"loss", "step", "total_steps"}


def test_event_lines_are_no_metrics() -> None:
    assert parse_line('@event {"kind": "evaluation", "step": 660, "loss": 0.52}') is None


def test_text_and_bytes_are_read_alike() -> None:
    assert parse_line("训练损失: 0.53") == parse_line("训练损失: 0.53".encode())


def test_bytes_that_are_no_text_are_no_metric() -> None:
    assert parse_line(b"\x84w\xbd step 5/ \xe4\xa0\x07\x01\x02\x03\x04 loss:5 \xff\xfe\x05\x06") is None


def test_an_accuracy_is_a_fraction_and_a_time_in_seconds() -> None:
    reading = parse_line("Step 9: top1 76.1%, top5 92.9%, 312.5 ms/step, 1.5k img/s")
    assert values(reading) == {
        "step": 9,
        "top1": 0.761,
        "top5": 0.929,
        "step_time": 0.3125,
        "throughput": 1500,
    }
    assert reading is not None
    assert reading.throughput_unit == "images/s"


def test_other_named_numbers_are_extras_under_their_own_names() -> None:
    reading = parse_line("step 9 loss 0.5 gradNorm: 1.5, val_loss: 0.75, batch_size=32")
    assert reading is not None
    assert reading.extra == {"grad_norm": 1.5, "val_loss": 0.75, "batch_size": 32}


def test_a_table_of_checkpoints_tells_of_evaluations() -> None:
    reader = LineReader()
    assert reader.read(" step  epoch  top1    top5     loss   checkpoint_time(UTC)") is None
    reading = reader.read("  352    7.8  98.333  100.00    0.57  2026-11-21 10:32:54")
    assert reading is not None
    assert reading.phase == "eval"
    assert reading.values["top1"] == pytest.approx(0.98333)
