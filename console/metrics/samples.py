"""Readings and samples: what one log line states, and what the store keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Reading:
    """The metrics that one log line states.

    ``values`` maps canonical names (:mod:`console.metrics.canonical`) and any other printed name to numbers, which
    may be NaN or infinite. ``step_time`` is in seconds, ``top1`` and ``top5`` are fractions 0..1.
    ``throughput_unit`` is a normalised unit such as ``images/s``. ``phase`` is ``train`` or ``eval`` where
    the line says so.
    """

    values: Mapping[str, float]
    throughput_unit: str | None = None
    phase: str | None = None
    extra: Mapping[str, float] = field(default_factory=dict)


class Sample(NamedTuple):
    """One number of one rank. ``step`` is -1 and ``epoch`` NaN where the log states none; ``time`` is Unix seconds.

    Metrics of an evaluation phase carry the prefix ``eval/`` in ``name`` (``eval/top1``).
    """

    rank: int
    step: int
    epoch: float
    time: float
    name: str
    value: float


class Event(NamedTuple):
    """Something that happened at a point of a run: a checkpoint, an overflow, an alert, a restart.

    ``kind`` is the word of an :class:`~console.metrics.events.EventKind`, or another one that a program of the
    operator's own printed; ``detail`` is the event's JSON object.
    """

    rank: int
    step: int
    time: float
    kind: str
    detail: Mapping[str, object]


class Bucket(NamedTuple):
    """All points of a series that fall on one chart column: ``x`` of the last one, and its extremes.

    ``smooth`` is the debiased exponential average of every point up to and including the last one.
    ``nonfinite`` counts the NaN and infinite values that fell here; they never enter the other fields.
    """

    x: float
    minimum: float
    maximum: float
    last: float
    smooth: float
    nonfinite: int
