"""The networks and the recipe, handed to the shared trainer."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence

import torch
from torch import nn

from engines.autoaugment import recipe
from engines.autoaugment.batches import evaluation_batches, training_batches
from engines.autoaugment.data.opening import open_images
from engines.autoaugment.model import ResNet50, WideResNet
from engines.autoaugment.recipe import AutoAugmentSettings
from engines.common.job import Job
from engines.common.reporting.reporter import StepNumbers
from engines.common.reporting.results import Scores
from engines.common.step_plan import StepPlan
from engines.pytorch.networks import EvaluationImages, TorchNetwork, TrainingImages
from engines.pytorch.run import run_job
from engines.training.engine import Progress


def run(job: Job) -> int:
    """Train, evaluate or export and return the exit code."""
    return run_job(job, AutoAugment(AutoAugmentSettings.of(job.options)))


class AutoAugment(TorchNetwork):
    """The recipe of :mod:`engines.autoaugment.recipe` in tensors."""

    options: AutoAugmentSettings

    def module(self) -> nn.Module:
        """See :mod:`engines.autoaugment.model`."""
        options = self.options
        if options.network == "wideresnet":
            network: nn.Module = WideResNet(
                options.depth, options.width, options.num_classes, options.dropout
            )
        else:
            network = ResNet50(options.num_classes)
        if options.channels_last:
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # which PyTorch declares not
        return network

    def training_images(self, job: Job, threads: int) -> Optional[TrainingImages]:
        """See :func:`engines.autoaugment.batches.training_batches`."""
        images = open_images(job, "train")
        if images is None:
            return None
        found = images
        return TrainingImages(
            found.count, lambda plan, start: training_batches(job, found, plan, start, threads)
        )

    def evaluation_images(self, job: Job, threads: int) -> Optional[EvaluationImages]:
        """See :func:`engines.autoaugment.batches.evaluation_batches`."""
        images = open_images(job, "validation")
        if images is None:
            return None
        found = images
        return EvaluationImages(found.count, lambda: evaluation_batches(job, found, threads))

    def card(self) -> Dict[str, Any]:
        """The network takes normalised images, as the evaluation does."""
        options = self.options
        return {
            "network": options.network,
            "input": {
                "name": "images",
                "shape": [None, 3, options.image_size, options.image_size],
                "dtype": "float32",
                "layout": "NCHW",
                "channels": "RGB",
            },
            "normalisation": {
                "formula": "(value / 255 - mean) / std",
                "mean": list(options.traits.mean),
                "std": list(options.traits.std),
            },
            "output": {"name": "logits", "shape": [None, options.num_classes], "dtype": "float32"},
            "classes": options.num_classes,
        }

    def learning_rate(self, plan: StepPlan, step: int) -> float:
        """See :func:`engines.autoaugment.recipe.learning_rate`."""
        return recipe.learning_rate(self.options, plan, step)

    def training_line(self, numbers: StepNumbers) -> str:
        """See :func:`engines.autoaugment.recipe.training_line`."""
        return recipe.training_line(numbers)

    def evaluation_lines(self, progress: Progress, scores: Scores) -> Sequence[str]:
        """See :func:`engines.autoaugment.recipe.evaluation_line`."""
        return [recipe.evaluation_line(progress, scores)]
