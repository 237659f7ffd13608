"""Losses and accuracies, per image or over all parameters."""

from __future__ import annotations

from typing import Sequence

from engines.ops.framework import Tensor, tf


def smoothed_cross_entropy(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Softmax cross-entropy per image, ``[batch]``, against targets onehot·(1-ε) + ε/K."""
    classes = int(logits.shape[1])
    spread = smoothing / classes
    targets = tf.one_hot(labels, classes, on_value=1.0 - smoothing + spread, off_value=spread)
    return tf.nn.softmax_cross_entropy_with_logits_v2(labels=targets, logits=logits)


def half_squares(variables: Sequence[Tensor]) -> Tensor:
    """Σ½‖v‖² over ``variables``, a scalar."""
    return tf.add_n([tf.nn.l2_loss(variable) for variable in variables])


def in_top(logits: Tensor, labels: Tensor, k: int) -> Tensor:
    """1.0 for each image whose label is among its ``k`` largest logits, ``[batch]``.

    An image counts only where all but ``k`` classes score strictly less than its label, so equal and
    non-finite logits never look right by accident.
    """
    classes = int(logits.shape[1])
    is_label = tf.one_hot(labels, classes) > 0
    own = tf.reduce_sum(tf.where(is_label, logits, tf.zeros_like(logits)), axis=1, keepdims=True)
    lower = tf.reduce_sum(tf.cast(logits < own, tf.int32), axis=1)
    return tf.cast(lower >= classes - k, tf.float32)
