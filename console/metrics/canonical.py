"""The canonical metrics: the names under which the numbers of every program are stored and drawn."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Quantity(Enum):
    """The kind of a canonical metric, which gives its unit."""

    COUNTER = "counter"
    """A count that places a sample on an axis and is not drawn itself."""
    NUMBER = "number"
    FRACTION = "fraction"
    """0 to 1, drawn as a percentage."""
    SECONDS = "seconds"


CANONICAL: Mapping[str, Quantity] = {
    "step": Quantity.COUNTER,
    "total_steps": Quantity.COUNTER,
    "epoch": Quantity.COUNTER,
    "total_epochs": Quantity.COUNTER,
    "loss": Quantity.NUMBER,
    "total_loss": Quantity.NUMBER,
    "lr": Quantity.NUMBER,
    "throughput": Quantity.NUMBER,
    "step_time": Quantity.SECONDS,
    "top1": Quantity.FRACTION,
    "top5": Quantity.FRACTION,
}

CANONICAL_NAMES = tuple(CANONICAL)
COUNTERS = frozenset(name for name, quantity in CANONICAL.items() if quantity is Quantity.COUNTER)
FRACTIONS = frozenset(name for name, quantity in CANONICAL.items() if quantity is Quantity.FRACTION)

EVALUATION_PREFIX = "eval/"
"""Begins the name of a metric of an evaluation: ``eval/top1``."""
