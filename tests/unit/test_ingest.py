"""From log lines to samples and events, with the line reader the product uses."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path

import pytest

from console.metrics.ingest import IngestBatch, RankIngest, SeriesNames
from console.metrics.samples import Event, Reading, Sample


def ingest(folder: Path, text: str | bytes, rank: int = 0) -> IngestBatch:
    """The samples and events of a whole log."""
    path = folder / f"rank-{rank}.log"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return RankIngest(rank, path).poll()


def values(batch: IngestBatch) -> list[tuple[str, int, float]]:
    """Name, step and value of every sample."""
    return [(sample.name, sample.step, sample.value) for sample in batch.samples]


def test_a_metric_line_becomes_one_sample_per_metric(tmp_path: Path) -> None:
    batch = ingest(
        tmp_path, "hello\nstep:   700  epoch:  0.6  FPS:33558.6, loss: 6.754, lr:0.00671\n", rank=3
    )
    at = batch.last_line_time
    assert at is not None
    assert set(batch.samples) == {
        Sample(3, 700, 0.6, at, "throughput", 33558.6),
        Sample(3, 700, 0.6, at, "loss", 6.754),
        Sample(3, 700, 0.6, at, "lr", 0.00671),
    }
    assert batch.lines == 2
    assert batch.offset == (tmp_path / "rank-3.log").stat().st_size
    assert batch.throughput_unit == "fps"


def test_a_line_without_a_step_has_the_last_one(tmp_path: Path) -> None:
    batch = ingest(tmp_path, "loss: 3.5\nstep: 20, epoch: 2, loss: 3.0\nloss: 2.5\n")
    assert values(batch) == [("loss", -1, 3.5), ("loss", 20, 3.0), ("loss", 20, 2.5)]
    assert math.isnan(batch.samples[0].epoch)
    assert [sample.epoch for sample in batch.samples[1:]] == [2, 2]


def test_an_evaluation_has_series_of_its_own_and_does_not_move_the_step(tmp_path: Path) -> None:
    batch = ingest(
        tmp_path,
        "step 500/600, loss: 1.0\nTest: [10/391] Loss 1.2 Acc@1 50.0\neval: step: 480 loss: 1.5\nloss: 0.9\n",
    )
    assert values(batch) == [
        ("loss", 500, 1.0),
        ("eval/loss", 500, 1.2),
        ("eval/top1", 500, 0.5),
        ("eval/loss", 480, 1.5),
        ("loss", 500, 0.9),
    ]
    assert batch.total_steps == 600


def test_values_that_are_not_finite_are_samples_too(tmp_path: Path) -> None:
    batch = ingest(tmp_path, "step: 1, loss: nan\nstep: 2, loss: inf\n")
    assert math.isnan(batch.samples[0].value)
    assert batch.samples[1].value == math.inf


def test_event_lines_become_events(tmp_path: Path) -> None:
    batch = ingest(
        tmp_path,
        '@event {"kind": "start", "total_steps": 660, "total_epochs": 30}\n'
        "step: 57, loss: 1.0\n"
        '@event {"kind": "overflow", "step": 57, "tensor": "dense_2/grad", "count": 12}\n'
        '@event {"kind": "ack", "id": "r2", "ok": true}\n',
    )
    assert batch.last_line_time is not None
    assert [(event.kind, event.step) for event in batch.events] == [
        ("start", -1),
        ("overflow", 57),
        ("ack", 57),
    ]
    assert batch.events[1].detail == {"kind": "overflow", "step": 57, "tensor": "dense_2/grad", "count": 12}
    assert (batch.total_steps, batch.total_epochs) == (660, 30)


@pytest.mark.parametrize(
    "damaged",
    [
        b"{",
        b"[1, 2]",
        b'"kind"',
        b"{}",
        b'{"kind": 3}',
        b'{"kind": ""}',
        b'{"kind": "dump", "step": 1',
        b"[" * 60_000,
        b'{"kind": "\xff"}',
    ],
)
def test_a_damaged_event_line_is_counted_and_passed_over(tmp_path: Path, damaged: bytes) -> None:
    batch = ingest(tmp_path, b"@event " + damaged + b"\nstep: 1, loss: 1.0\n")
    assert (batch.events, batch.damaged_events) == ([], 1)
    assert values(batch) == [("loss", 1, 1.0)]


@pytest.mark.parametrize("step", ["1e400", "-5", '"7"', "true", "1e300", "null", "NaN"])
def test_a_step_that_cannot_be_one_is_not_taken(tmp_path: Path, step: str) -> None:
    batch = ingest(tmp_path, f'step: 4, loss: 1.0\n@event {{"kind": "dump", "step": {step}}}\n')
    assert [event.step for event in batch.events] == [4]


class EveryWord:
    """A reader that takes each word of a line for a name."""

    def read(self, line: bytes) -> Reading:
        """One number per word, and a step."""
        return Reading({"step": 1, "loss": 2.0}, extra=dict.fromkeys(line.decode().split(), 1.0))


def test_garbage_cannot_make_series_without_end(tmp_path: Path) -> None:
    names = SeriesNames(known=["loss", "eval/a0", "a1"], limit=10)
    found = set()
    for rank in (0, 1):
        path = tmp_path / f"rank-{rank}.log"
        path.write_text("".join(f"a{i} b{rank}{i} step {'long' * 99}\n" for i in range(500)))
        found |= {s.name for s in RankIngest(rank, path, reader=EveryWord(), names=names).poll().samples}
    assert len(found - {"loss"}) == 10
    assert {"loss", "a0", "a1"} <= found
    assert "step" not in found


def test_a_backlog_has_the_time_of_its_newest_line(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    path.write_text("step: 1, loss: 1.0\nstep: 2, loss: 1.0\n")
    os.utime(path, (1_600_000_000, 1_600_000_000))
    ingest = RankIngest(0, path)
    batch = ingest.poll()
    assert {sample.time for sample in batch.samples} == {1_600_000_000.0}
    assert batch.last_line_time == 1_600_000_000.0
    with path.open("a") as log:
        log.write("step: 3, loss: 1.0\n")
    before = time.time() - 60
    (sample,) = ingest.poll().samples
    assert before < sample.time <= time.time()
    os.utime(path, (9e9, 9e9))
    with path.open("a") as log:
        log.write("step: 4, loss: 1.0\n")
    os.utime(path, (9e9, 9e9))
    assert ingest.poll().samples[0].time <= time.time()


def test_nothing_new_is_an_empty_batch_at_the_same_offset(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    ingest = RankIngest(0, path)
    assert ingest.poll() == IngestBatch(0)
    path.write_text("step: 1, loss: 1.0\nstep: 2, lo")
    assert ingest.poll().offset == 19
    assert ingest.poll() == IngestBatch(19)


def test_polls_are_bounded_and_say_that_more_is_there(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    path.write_text("".join(f"step: {step}, loss: 1.0\n" for step in range(1000)))
    ingest = RankIngest(0, path)
    steps, polls = [], 0
    more = True
    while more:
        batch = ingest.poll(2000)
        more, polls = batch.more, polls + 1
        assert len(batch.samples) < 110
        steps += [sample.step for sample in batch.samples]
    assert steps == list(range(1000))
    assert polls > 10


def test_the_unfinished_last_line_counts_when_the_rank_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    path.write_text("step: 1, loss: 1.0\nstep: 2, loss: 0.5")
    ingest = RankIngest(0, path)
    assert values(ingest.poll()) == [("loss", 1, 1.0)]
    last = ingest.finish()
    assert values(last) == [("loss", 2, 0.5)]
    assert last.offset == path.stat().st_size
    assert ingest.finish().samples == []


def test_a_log_cut_short_is_an_event_and_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    path.write_text("step: 100, loss: 1.0\n" * 5)
    ingest = RankIngest(0, path)
    ingest.poll()
    path.write_text("loss: 3.0\nstep: 1, loss: 2.0\n")
    batch = ingest.poll()
    assert values(batch) == [("loss", -1, 3.0), ("loss", 1, 2.0)]
    (event,) = batch.events
    assert isinstance(event, Event)
    assert (event.kind, event.detail["offset"]) == ("log_truncated", 105)
    assert batch.offset == path.stat().st_size
