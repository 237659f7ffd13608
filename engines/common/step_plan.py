"""The steps of a training, and the place of a step in it."""

from __future__ import annotations

from typing import NamedTuple, Optional

from engines.common.errors import UsageError


class StepPlan(NamedTuple):
    """``total_steps`` steps of ``global_batch`` images each, over a set of ``train_images``.

    An epoch is the whole number of global batches in the set; the few images left over change with
    every epoch's shuffle.
    """

    train_images: int
    global_batch: int
    total_steps: int

    @property
    def steps_per_epoch(self) -> int:
        """Steps in one pass over the training set."""
        return self.train_images // self.global_batch

    @property
    def total_epochs(self) -> float:
        """The whole training in epochs of :attr:`steps_per_epoch` steps."""
        return self.total_steps / self.steps_per_epoch

    def epoch(self, step: int) -> float:
        """Passes over the set after ``step`` steps, counted in images as the metric line does."""
        return step * self.global_batch / self.train_images


def plan_steps(
    train_images: int, batch_size: int, world_size: int, max_epochs: int, max_train_steps: Optional[int]
) -> StepPlan:
    """The plan for ``max_epochs`` epochs, or for ``max_train_steps`` steps where given."""
    global_batch = batch_size * world_size
    if global_batch > train_images:
        raise UsageError(
            "A global batch of {} images ({} on each of {} ranks) is more than the training set has: {}. "
            "Lower --batch_size.".format(global_batch, batch_size, world_size, train_images)
        )
    steps = max_train_steps if max_train_steps is not None else max_epochs * (train_images // global_batch)
    return StepPlan(train_images, global_batch, steps)
