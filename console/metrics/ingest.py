"""From the log of one rank to samples and events: tail, line reader and event lines together."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from console.metrics.canonical import CANONICAL_NAMES, COUNTERS, EVALUATION_PREFIX
from console.metrics.events import EVENT_PREFIX, EventKind, parse_event
from console.metrics.logs.tail import LogTail, TailBatch
from console.metrics.reader import LineReader
from console.metrics.samples import Event, Reading, Sample

MAX_OTHER_NAMES = 64
"""The most names beside the canonical ones that may become series; a log of garbage must not make millions."""

MAX_NAME_LENGTH = 64

LARGEST_STEP = 2**53
"""The largest step the store can hold exactly; a larger one is no step."""


class Reader(Protocol):
    """A reader of one line after the other, such as :class:`LineReader`."""

    def read(self, line: bytes) -> Reading | None:
        """The reading of the line, ``None`` if it states no metric."""
        ...


class SeriesNames:
    """The names a run's series may have: the canonical ones and the first others that come, up to a limit.

    Share one among the ranks of a run, and begin it with the names the store has already.
    """

    def __init__(self, known: Iterable[str] = (), limit: int = MAX_OTHER_NAMES) -> None:
        self._admitted = set(CANONICAL_NAMES) - COUNTERS
        self._room = limit
        for name in known:
            self.admit(name.removeprefix(EVALUATION_PREFIX))

    def admit(self, name: str) -> bool:
        """True if ``name`` may become a series."""
        if name in self._admitted:
            return True
        if self._room <= 0 or name in COUNTERS or not 0 < len(name) <= MAX_NAME_LENGTH:
            return False
        self._room -= 1
        self._admitted.add(name)
        return True


@dataclass(slots=True)
class IngestBatch:
    """The samples and events of new lines of one rank's log.

    ``offset`` goes into the store together with the samples and events. ``total_steps``, ``total_epochs`` and
    ``throughput_unit`` are the last ones the log has stated so far, ``None`` if none. ``damaged_events``
    counts the event lines so far that could not be read. ``last_line_time`` is when the last line came, in
    Unix seconds, ``None`` without a new line. ``more`` says that there are bytes left for another poll.
    """

    offset: int
    samples: list[Sample] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    lines: int = 0
    last_line_time: float | None = None
    total_steps: int | None = None
    total_epochs: float | None = None
    throughput_unit: str | None = None
    damaged_events: int = 0
    more: bool = False


class RankIngest:
    """Turns what is appended to the log of one rank into samples and events.

    The time of a line is when it came: the file's last modification as of the read that found it. So all
    lines of a backlog, as after the supervisor was away, have the time of the newest of them; times
    between are not made up. Times of one object never go back.

    A line without a step or epoch has that of the last line that stated one. Metrics of an evaluation are
    named ``eval/...``; its step is never passed on, and where it is out of a total of its own, it counts the
    batches of the evaluation and the training's step is taken instead.
    """

    def __init__(
        self,
        rank: int,
        log_path: Path | str,
        patterns: Sequence[str] = (),
        offset: int = 0,
        *,
        reader: Reader | None = None,
        names: SeriesNames | None = None,
    ) -> None:
        self._rank = rank
        self._tail = LogTail(log_path, offset)
        self._reader = LineReader(patterns) if reader is None else reader
        self._names = SeriesNames() if names is None else names
        self._step = -1
        self._epoch = math.nan
        self._time = 0.0
        self._total_steps: int | None = None
        self._total_epochs: float | None = None
        self._throughput_unit: str | None = None
        self._damaged_events = 0

    def poll(self, max_bytes: int = 1 << 20) -> IngestBatch:
        """The samples and events of the next ``max_bytes`` of the log; an empty batch when there is nothing new."""
        tail = self._tail.read(max_bytes)
        if tail.truncated_at is None:
            return self._batch(tail)
        kind = EventKind.LOG_TRUNCATED
        event = Event(
            self._rank, self._step, tail.modified, kind, {"kind": kind.value, "offset": tail.truncated_at}
        )
        self._step, self._epoch = -1, math.nan
        batch = self._batch(tail)
        batch.events.insert(0, event)
        return batch

    def finish(self) -> IngestBatch:
        """Those of an unfinished last line, to be asked for when the rank has ended and all is polled."""
        return self._batch(TailBatch(self._tail.finish(), self._time))

    def _batch(self, tail: TailBatch) -> IngestBatch:
        batch = IngestBatch(self._tail.offset, more=tail.more)
        if tail.lines:
            self._time = max(self._time, min(tail.modified, time.time()))
            batch.lines = len(tail.lines)
            batch.last_line_time = self._time
            self._read_lines(tail.lines, batch)
        batch.total_steps = self._total_steps
        batch.total_epochs = self._total_epochs
        batch.throughput_unit = self._throughput_unit
        batch.damaged_events = self._damaged_events
        return batch

    def _read_lines(self, lines: list[bytes], batch: IngestBatch) -> None:
        read = self._reader.read
        for line in lines:
            if line.startswith(EVENT_PREFIX):
                self._take_event(line, batch)
            elif (reading := read(line)) is not None:
                self._take_reading(reading, batch.samples)

    def _take_event(self, line: bytes, batch: IngestBatch) -> None:
        detail = parse_event(line)
        if detail is None:
            self._damaged_events += 1
            return
        if detail["kind"] == EventKind.START:
            self._note_totals(detail)
        step = _step(detail.get("step"))
        event = Event(
            self._rank, self._step if step is None else step, self._time, str(detail["kind"]), detail
        )
        batch.events.append(event)

    def _take_reading(self, reading: Reading, samples: list[Sample]) -> None:
        step = self._place(reading)
        if reading.throughput_unit is not None:
            self._throughput_unit = reading.throughput_unit
        prefix = EVALUATION_PREFIX if reading.phase == "eval" else ""
        rank, epoch, at = self._rank, self._epoch, self._time
        for numbers in (reading.values, reading.extra):
            for name, value in numbers.items():
                if self._names.admit(name):
                    samples.append(Sample(rank, step, epoch, at, prefix + name, value))

    def _place(self, reading: Reading) -> int:
        """The step of a reading, having noted what it says of the rank's own."""
        values = reading.values
        step = _step(values["step"]) if "step" in values else None
        epoch = _number(values["epoch"]) if "epoch" in values else None
        if epoch is not None:
            self._epoch = epoch
        if reading.phase == "eval":
            total = _step(values.get("total_steps"))
            counts_its_batches = total is not None and total != self._total_steps and self._step >= 0
            return self._step if step is None or counts_its_batches else step
        if "total_steps" in values or "total_epochs" in values:
            self._note_totals(values)
        if step is not None:
            self._step = step
        return self._step

    def _note_totals(self, stated: Mapping[str, object]) -> None:
        total_steps = _step(stated.get("total_steps"))
        total_epochs = _number(stated.get("total_epochs"))
        self._total_steps = self._total_steps if total_steps is None else total_steps
        self._total_epochs = self._total_epochs if total_epochs is None else total_epochs


def _number(value: object) -> float | None:
    """A finite number as such; ``None`` for anything else."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return float(value) if abs(value) <= LARGEST_STEP else None


def _step(value: object) -> int | None:
    """A step as such; ``None`` for what cannot be one."""
    number = _number(value)
    return int(number) if number is not None and number >= 0 else None
