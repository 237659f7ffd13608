"""Metric lines in the seed's form: percentages of accuracy, fields the seed has first and its ``val_acc`` last."""

from __future__ import annotations

from engines.common.reporting.reporter import format_learning_rate
from engines.common.reporting.scores import Scores


def training_line(
    loss: float,
    top1: float,
    images_per_second: float,
    lr: float,
    step: int,
    total_steps: int,
    epoch: float,
    step_time: float,
) -> str:
    """Means since the last line. ``images_per_second`` counts all ranks, ``step_time`` is in seconds."""
    return "{} - step {}/{} - epoch {:.3f} - step_time {:.6f}".format(
        _start(loss, top1, images_per_second, lr), step, total_steps, epoch, step_time
    )


def epoch_line(
    loss: float, top1: float, images_per_second: float, lr: float, step: int, epoch: float, scores: Scores
) -> str:
    """Means since the last evaluation, with this one's scores."""
    return "{} - step {} - epoch {:.3f} - val_loss {:.4f} - val_acc {:.4f}".format(
        _start(loss, top1, images_per_second, lr), step, epoch, scores.loss, 100.0 * scores.top1
    )


def evaluation_line(step: int, scores: Scores) -> str:
    """An evaluation without training."""
    return "step {} - val_loss {:.4f} - val_top5 {:.4f} - val_acc {:.4f}".format(
        step, scores.loss, 100.0 * scores.top5, 100.0 * scores.top1
    )


def _start(loss: float, top1: float, images_per_second: float, lr: float) -> str:
    return "loss {:.4f} - acc {:.4f} - fps {:.4f} - lr {}".format(
        loss, 100.0 * top1, images_per_second, format_learning_rate(lr).strip()
    )
