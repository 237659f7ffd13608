"""The metric line of the seed's AlexNet."""

from __future__ import annotations

from engines.common.reporting.reporter import format_learning_rate
from engines.common.reporting.step_numbers import StepNumbers


def training_line(now: StepNumbers) -> str:
    """The seed's training line with the training batch's accuracy, a fraction, at its end."""
    return (
        "step:{:6d}  epoch:{:5.1f}  FPS:{:7.1f}, loss:{:6.3f}, total_loss:{:6.3f}"
        "  lr:{}  batch_time:{:3.6f}  top1:{:.4f}"
    ).format(
        now.step,
        now.epoch,
        now.throughput,
        now.loss,
        now.total_loss,
        format_learning_rate(now.lr),
        now.call_time,
        now.top1,
    )
