"""Scoring the evaluation set: every image once, over all ranks."""

from __future__ import annotations

from typing import Iterator, Optional

import torch
from torch import Tensor, nn
from torch.nn import functional

from engines.common.reporting.scores import Scores
from engines.pytorch.backend import Backend
from engines.pytorch.precision import Precision
from engines.pytorch.ranks import Group
from engines.pytorch.training import Batch
from engines.training.stop_flag import StopFlag


def evaluate(
    network: nn.Module,
    batches: Iterator[Batch],
    precision: Precision,
    backend: Backend,
    group: Group,
    stop: StopFlag,
) -> Optional[Scores]:
    """The scores of ``network``, the same on every rank; ``None`` when a stop was asked for.

    The ranks agree on a stop after each batch, so that none is left waiting.
    """
    network.eval()
    total = torch.zeros(4, dtype=torch.float64)
    try:
        with torch.no_grad():
            for batch in batches:
                total += _sums(network, batch, precision, backend).double().cpu()
                if group.sums([float(stop.requested)])[0] > 0:
                    return None
    finally:
        network.train()
    loss, top1, top5, images = group.sums(total.tolist())
    return Scores(loss / images, top1 / images, top5 / images, round(images))


def _sums(network: nn.Module, batch: Batch, precision: Precision, backend: Backend) -> Tensor:
    """Loss, correct at 1 and at 5, and images, summed over the batch."""
    assert batch.weights is not None
    images, labels, weights = (backend.move(one) for one in (batch.images, batch.labels, batch.weights))
    with precision.context():
        logits = network(precision.input(images))
    logits = logits.float()
    losses = functional.cross_entropy(logits, labels, reduction="none")
    best = logits.topk(min(5, logits.shape[1]), dim=1).indices == labels.unsqueeze(1)
    top1, top5 = best[:, 0].float(), best.any(dim=1).float()
    return torch.stack([(values * weights).sum() for values in (losses, top1, top5, torch.ones_like(losses))])
