"""What the engine prints, in the seed's words, with what an operator watches after them."""

from __future__ import annotations

from typing import List

from engines.common.reporting.reporter import format_learning_rate
from engines.common.reporting.scores import Scores
from engines.common.reporting.step_numbers import StepNumbers
from engines.training.engine import Progress


def training_line(numbers: StepNumbers) -> str:
    """The seed's step, loss and seconds per step; then the learning rate, images/s over all ranks, the epoch
    and the accuracy on the training batches. Loss and accuracy are means since the last line."""
    return "step:{:d} ,loss: {:f} ,time:{:f} ,lr:{} ,FPS:{:.2f} ,epoch:{:.3f} ,top1:{:.4f}".format(
        numbers.step,
        numbers.loss,
        numbers.call_time,
        format_learning_rate(numbers.lr).strip(),
        numbers.throughput,
        numbers.epoch,
        numbers.top1,
    )


def evaluation_lines(progress: Progress, scores: Scores) -> List[str]:
    """The seed's line of a period, and its duration with the evaluation; of an evaluation alone the scores."""
    values = "val_loss: {:.4f} - val_accuracy: {:.4f} - val_top5: {:.4f} - step: {:d}".format(
        scores.loss, scores.top1, scores.top5, progress.step
    )
    period = progress.period
    if period is None:
        return [values]
    return [
        "{0}/{0} - {1:.0f}s - loss: {2:.4f} - accuracy: {3:.4f} - {4}".format(
            period.steps, period.seconds, period.loss, period.top1, values
        ),
        "epoch_duration:  {:f}".format(period.seconds),
    ]
