"""Overflow dump on CPU: every step is checked, and what is not finite is written with what it came from."""

from __future__ import annotations

from typing import Dict, List

import numpy as np

from engines.common.dumps.budget import MAX_OVERFLOW_DUMPS, DumpBudget
from engines.common.dumps.taps import Tap, Taps
from engines.common.job import Job
from engines.ops.framework import Tensor, tf


class OverflowCheck:
    """Checks the taps of one training step inside the graph, before the update is applied.

    ``total`` is the number of non-finite values of this rank's step, int64. It must be evaluated before
    the variables change: whatever updates them has to depend on it.
    """

    def __init__(self, job: Job, taps: Taps, step: Tensor) -> None:
        self._job = job
        self._taps = taps
        self._checked = [tap for tap in taps.items if tap.tensor.dtype.is_floating]
        self._tensors = dict(taps.tensors)
        self._dumps = 0
        self._budget = DumpBudget(job.toggles.dump_limit // job.ranks.world_size)
        counts = tf.stack([_nonfinite(tap.tensor) for tap in self._checked])
        total = tf.reduce_sum(counts)
        self.total = tf.cond(total > 0, lambda: self._write_in_graph(counts, step), lambda: total)

    def _write_in_graph(self, counts: Tensor, step: Tensor) -> Tensor:
        values = [step + 1, counts, *map(storable, self._tensors.values())]
        total = tf.numpy_function(self._write, values, tf.int64)
        total.set_shape([])
        return total

    def _write(self, step: int, counts: np.ndarray, *values: np.ndarray) -> np.int64:
        """Dump the taps with non-finite values and their inputs; returns how many values there are.

        Runs in a thread of the framework.
        """
        bad = [tap for tap, count in zip(self._checked, counts) if count]
        names = {name for tap in bad for name in (tap.name, *self._taps.inputs(tap).values())}
        arrays = {name: np.asarray(value) for name, value in zip(self._tensors, values) if name in names}
        self._dumps += 1
        if self._dumps <= MAX_OVERFLOW_DUMPS:
            self._tell(
                int(step), bad, {tap.name: int(n) for tap, n in zip(self._checked, counts) if n}, arrays
            )
        total: np.int64 = counts.sum()
        return total

    def _tell(self, step: int, bad: List[Tap], counts: Dict[str, int], arrays: Dict[str, np.ndarray]) -> None:
        rank, reporter, first = self._job.ranks.rank, self._job.reporter, bad[0].name
        folder = self._job.toggles.overflow_path / "step-{}_rank-{}".format(step, rank)
        sources = {tap.name: self._taps.inputs(tap) for tap in bad}
        refusal = self._budget.write(
            folder, arrays, step=step, rank=rank, first=first, counts=counts, inputs=sources
        )
        path = self._job.relative(folder) if refusal is None else None
        if refusal is not None:
            reporter.say("No dump of the overflow in step {}: {}.".format(step, refusal))
        reporter.event("overflow", step=step, tensor=first, count=counts[first], path=path)
        if self._dumps == MAX_OVERFLOW_DUMPS:
            reporter.say("{} steps overflowed; later ones are passed over.".format(MAX_OVERFLOW_DUMPS))


def storable(tensor: Tensor) -> Tensor:
    """``tensor`` in a type that NumPy has."""
    return tf.cast(tensor, tf.float32) if tensor.dtype.base_dtype == tf.bfloat16 else tensor


def _nonfinite(tensor: Tensor) -> Tensor:
    return tf.reduce_sum(tf.cast(tf.logical_not(tf.math.is_finite(tensor)), tf.int64))
