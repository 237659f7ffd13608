"""The metric line of the seed's EfficientNet."""

from __future__ import annotations

from engines.common.reporting.step_numbers import StepNumbers


def training_line(now: StepNumbers) -> str:
    """The seed's training line, rounded, with the training batch's accuracy, a fraction, at its end.

    ``loss`` is what is minimised, weight decay included; ``ips`` is images/s over all ranks.
    """
    return "step:{:d}  epoch:{:.3f} ips:{:.1f} loss:{:.4f} lr:{:.8f} top1:{:.4f}".format(
        now.step, now.epoch, now.throughput, now.total_loss, now.lr, now.top1
    )
