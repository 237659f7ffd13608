"""Ending a training that no longer gets better."""

from __future__ import annotations

from typing import Any, Dict, Optional

from engines.eager.framework import tf


class EarlyStopping:
    """Counts the evaluations since the best one, in variables, so that checkpoints keep the count."""

    def __init__(self) -> None:
        self._best = tf.Variable(-1.0, trainable=False)
        self._since = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.variables: Dict[str, Any] = {
            "early_stopping/best": self._best,
            "early_stopping/evaluations_since": self._since,
        }

    def judge(self, top1: float) -> bool:
        """Take in an evaluation and say whether it is the best so far."""
        if top1 > float(self._best):
            self._best.assign(top1)
            self._since.assign(0)
            return True
        self._since.assign_add(1)
        return False

    def exhausted(self, patience: Optional[int]) -> bool:
        """Whether ``patience`` evaluations have passed without a better one."""
        return patience is not None and int(self._since) >= patience
