"""The numbers of a metric line."""

from __future__ import annotations

from typing import NamedTuple


class StepNumbers(NamedTuple):
    """What a metric line is made of, over all ranks.

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
        """What is minimised."""
        return self.loss + self.decay
