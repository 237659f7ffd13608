"""The lines of the seed's HRNet."""

from __future__ import annotations

from typing import List

from engines.common.reporting.scores import Scores
from engines.common.reporting.step_numbers import StepNumbers


def training_line(now: StepNumbers) -> str:
    """The seed's training line.

    ``loss`` is what is minimised, ``l2_loss`` the weight decay in it; accuracies are fractions of the training
    batch, ``speed`` is over all ranks.
    """
    return (
        "iter #{:d}: lr = {:.4e} | loss = {:.4e} | acc_top1 = {:.4e} | acc_top5 = {:.4e} | l2_loss = {:.4e} "
        "| speed = {:.2f} pics / sec"
    ).format(now.step, now.lr, now.total_loss, now.top1, now.top5, now.decay, now.throughput)


def evaluation_lines(scores: Scores) -> List[str]:
    """The seed's lines of an evaluation, one for each metric; ``loss`` as in the training line."""
    return [
        "{} = {:.4e}".format(name, value)
        for name, value in (
            ("loss", scores.loss + scores.decay),
            ("acc_top1", scores.top1),
            ("acc_top5", scores.top5),
            ("l2_loss", scores.decay),
        )
    ]
