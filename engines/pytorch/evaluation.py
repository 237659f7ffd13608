"""Scoring the evaluation set, every image once over all ranks; and mode ``evaluate``."""

from __future__ import annotations

from typing import List, Optional, Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engines.common.checkpoints.folder import Checkpoint
from engines.common.job import Job
from engines.common.reporting.results import Result, Scores
from engines.pytorch import checkpoints
from engines.pytorch.collectives import ProcessGroup
from engines.pytorch.device import TorchDevice
from engines.pytorch.networks import Batch, EvaluationImages, TorchNetwork
from engines.pytorch.precision import Precision
from engines.pytorch.prefetching import Prefetched
from engines.training.engine import Progress, tell_evaluation
from engines.training.outcome import evaluation_result


def run_evaluation(
    job: Job, network: TorchNetwork, device: TorchDevice, group: ProcessGroup
) -> Optional[Result]:
    """Score every checkpoint of the job by step; ``None`` when a stop was asked for before the first."""
    images = network.evaluation_images(job, device.threads)
    if group.sums([float(images is None)])[0] > 0 or images is None:
        return None
    precision = Precision(job.options.precision_mode or "O0", device, job.options.loss_scale)
    module = new_module(network, precision, device)
    evaluation = Evaluation(job, module, images, precision, device, group)
    job.reporter.say("Evaluating {} images".format(images.count))
    scored: List[Tuple[Checkpoint, Scores]] = []
    for checkpoint in job.scored:
        weights = checkpoints.weights_of(checkpoints.load(checkpoint.path)) if group.rank == 0 else None
        checkpoints.load_network(checkpoint.path, module, group.broadcast(weights))
        scores = evaluation.run()
        if scores is None:
            break
        tell_evaluation(job, network, Progress(checkpoint.step, float("nan")), scores)
        scored.append((checkpoint, scores))
    return evaluation_result(job, scored, parameter_count(module), None)


def new_module(network: TorchNetwork, precision: Precision, device: TorchDevice) -> nn.Module:
    """The engine's network on the device, the same on every rank as it follows from the seed."""
    torch.manual_seed(network.options.seed)
    return device.move(precision.convert(network.module()))


def parameter_count(module: nn.Module) -> int:
    """Number of trained scalars."""
    return sum(parameter.numel() for parameter in module.parameters())


class Evaluation:
    """Scores ``module`` as it stands on ``images``."""

    def __init__(
        self,
        job: Job,
        module: nn.Module,
        images: EvaluationImages,
        precision: Precision,
        device: TorchDevice,
        group: ProcessGroup,
    ) -> None:
        self._stop = job.stop
        self._module = module
        self._images = images
        self._precision = precision
        self._device = device
        self._group = group

    def run(self) -> Optional[Scores]:
        """The scores, the same on every rank; ``None`` when a stop was asked for.

        The ranks agree on a stop after each batch, so that none is left waiting.
        """
        self._module.eval()
        total = torch.zeros(4, dtype=torch.float64)
        try:
            with torch.no_grad():
                for batch in Prefetched(self._images.batches()):
                    total += self._sums(batch).double().cpu()
                    if self._group.sums([float(self._stop.requested)])[0] > 0:
                        return None
        finally:
            self._module.train()
        loss, top1, top5, images = self._group.sums(total.tolist())
        return Scores(loss / images, top1 / images, top5 / images, round(images))

    def _sums(self, batch: Batch) -> Tensor:
        """Loss, correct at 1 and at 5, and images, summed over the batch: float32 ``[4]``."""
        assert batch.weights is not None
        given = (batch.images, batch.labels, batch.weights)
        images, labels, weights = (self._device.move(one) for one in given)
        with self._precision.context():
            logits = self._module(self._precision.input(images))
        logits = logits.float()
        losses = functional.cross_entropy(logits, labels, reduction="none")
        best = logits.topk(min(5, logits.shape[1]), dim=1).indices == labels.unsqueeze(1)
        top1, top5 = best[:, 0].float(), best.any(dim=1).float()
        return torch.stack([(one * weights).sum() for one in (losses, top1, top5, torch.ones_like(losses))])
