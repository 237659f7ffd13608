"""Metric lines in the seed's form: percentages of accuracy, fields the seed has first and its ``val_acc`` last."""

from __future__ import annotations

from engines.common.reporting.reporter import format_learning_rate
from engines.common.reporting.scores import Scores
from engines.common.reporting.step_numbers import StepNumbers
from engines.training.engine import Progress


def training_line(now: StepNumbers) -> str:
    """Means since the last line."""
    return "{} - step {}/{} - epoch {:.3f} - step_time {:.6f}".format(
        _start(now.loss, now.top1, now.throughput, now.lr),
        now.step,
        now.total_steps,
        now.epoch,
        now.call_time,
    )


def evaluation_line(progress: Progress, scores: Scores) -> str:
    """Means since the last evaluation with this one's scores; or an evaluation without training."""
    period = progress.period
    if period is None:
        return "step {} - val_loss {:.4f} - val_top5 {:.4f} - val_acc {:.4f}".format(
            progress.step, scores.loss, 100.0 * scores.top5, 100.0 * scores.top1
        )
    return "{} - step {} - epoch {:.3f} - val_loss {:.4f} - val_acc {:.4f}".format(
        _start(period.loss, period.top1, period.throughput, period.lr),
        progress.step,
        progress.epoch,
        scores.loss,
        100.0 * scores.top1,
    )


def _start(loss: float, top1: float, images_per_second: float, lr: float) -> str:
    return "loss {:.4f} - acc {:.4f} - fps {:.4f} - lr {}".format(
        loss, 100.0 * top1, images_per_second, format_learning_rate(lr).strip()
    )
