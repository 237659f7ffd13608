"""The words of an engine: metric lines in the seed's format, event lines, and plain sentences."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import IO, NamedTuple, Optional


class StepNumbers(NamedTuple):
    """The numbers of a metric line, over all ranks.

    ``epoch`` counts passes over the training set, ``throughput`` images/s, ``call_time`` the seconds of one
    host call, which is ``--iterations_per_loop`` steps. ``loss`` is the network's own, ``decay`` the weight
    decay; ``top1`` and ``top5`` are shares of the training batch; ``total_steps`` is the length of the training.
    """

    step: int
    epoch: float
    throughput: float
    call_time: float
    loss: float
    decay: float
    lr: float
    top1: float
    top5: float
    total_steps: int = 0

    @property
    def total_loss(self) -> float:
        """The loss that is minimised."""
        return self.loss + self.decay


class Reporter:
    """Prints whole lines to stdout, each on its way at once. ``copy_to`` also collects the metric lines."""

    def __init__(self, copy_to: Optional[Path] = None) -> None:
        self._copy: Optional[IO[str]] = None
        if copy_to is not None:
            copy_to.parent.mkdir(parents=True, exist_ok=True)
            self._copy = copy_to.open("a", encoding="utf-8")

    def say(self, text: str) -> None:
        """A line for people."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def metrics(self, line: str) -> None:
        """A metric line."""
        self.say(line)
        if self._copy is not None:
            self._copy.write(line + "\n")
            self._copy.flush()

    def event(self, kind: str, **detail: object) -> None:
        """An ``@event`` line; numbers that JSON cannot hold become null."""
        fields = {name: finite_or_none(value) for name, value in detail.items()}
        self.say("@event " + json.dumps(dict(kind=kind, **fields)))


def finite_or_none(value: object) -> object:
    """``value`` unless it is a float that JSON cannot hold."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def format_learning_rate(lr: float) -> str:
    """``lr`` as the seed prints it (``%7.5f``), with more decimals where that shows under four digits."""
    if not math.isfinite(lr) or lr <= 0.0:
        return "{:7.5f}".format(lr)
    return "{:7.{}f}".format(lr, max(5, 3 - math.floor(math.log10(lr))))


def evaluation_line(step: int, epoch: float, loss: float, top1: float, top5: float) -> str:
    """One evaluation; the accuracies are fractions."""
    return "eval step: {:d}  epoch: {:.1f}  loss: {:.3f}  top1:{:.4f}  top5:{:.4f}".format(
        step, epoch, loss, top1, top5
    )
