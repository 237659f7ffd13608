"""Reading a line by a known template gives what the grammar gives."""

from __future__ import annotations

import random
import re

import pytest
from reader_cases import corpus, formats

from console.metrics.reader import LineReader, reader
from console.metrics.samples import Reading

NUMBER = re.compile(rb"(?<![A-Za-z_@0-9.,])\d+(?:\.\d+)?(?![\d,])")
SEEDS = range(3)


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates known from other tests would hide what is learnt here."""
    monkeypatch.setattr(reader, "_templates", reader.TemplateCache())


def as_data(reading: Reading | None) -> object:
    """A reading in a form in which NaN equals NaN."""
    return reading and repr(
        (
            sorted(reading.values.items()),
            reading.throughput_unit,
            reading.phase,
            sorted(reading.extra.items()),
        )
    )


def with_other_numbers(raw: bytes, seed: int) -> bytes:
    """``raw`` with other digits in numbers of the same length; they begin alike, so that years stay years."""
    chance = random.Random(seed)

    def other(match: re.Match[bytes]) -> bytes:
        text = match.group()
        kept = 2 if len(text) == 4 else 1
        return text[:kept] + re.sub(rb"\d", lambda _: b"%d" % chance.randrange(10), text[kept:])

    return NUMBER.sub(other, raw)


def all_lines() -> list[bytes]:
    ours = [line.encode() for _, pairs in formats() for line, _ in pairs]
    return ours + [case.raw for record in corpus("dev.jsonl") for case in record.cases]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_line_of_a_known_template_is_read_like_a_new_one(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [line for line in all_lines() if b"\r" not in line and b"\b" not in line]
    first = LineReader()
    for line in lines:
        first.read(line)
    changed = [with_other_numbers(line, seed) for line in lines]
    by_template = [as_data(LineReader().read(line)) for line in changed]
    anew = []
    for line in changed:
        monkeypatch.setattr(reader, "_templates", reader.TemplateCache())
        anew.append(as_data(LineReader().read(line)))
    differing = [line for line, one, other in zip(changed, by_template, anew, strict=True) if one != other]
    assert differing == []


def test_a_known_template_is_really_used(monkeypatch: pytest.MonkeyPatch) -> None:
    line = b"step: %d  epoch: 0.6  FPS:33558.6, loss: 6.754, total_loss: 7.786  lr:0.00671"
    read = LineReader().read
    assert read(line % 1) is not None
    monkeypatch.setattr(reader, "parse", None)
    reading = read(line % 2)
    assert reading is not None
    assert reading.values["step"] == 2


def test_a_number_of_another_kind_is_read_anew() -> None:
    read = LineReader().read
    first = read("step 7 epoch 1 loss 0.5")
    second = read("step 7 epoch 1.5 loss 0.5")
    assert first is not None
    assert second is not None
    assert (first.values["epoch"], second.values["epoch"]) == (1, 1.5)


def test_what_is_remembered_is_bounded() -> None:
    read = LineReader().read
    for number in range(10_000):
        read(f"loss{'abcdefghij'[number % 10] * (number // 10)} of node{number}x: 0.5, step {number}")
    assert len(reader._templates._known) <= 2048
    assert len(reader._prefilter._known) <= 4096
