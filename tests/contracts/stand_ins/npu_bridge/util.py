"""The loop on the device."""

from __future__ import annotations

from tensorflow.compat import v1 as tf

from npu_bridge._calls import record, require
from npu_bridge._session import loops


def set_iteration_per_loop(sess, train_op, iterations_per_loop=1):
    """An operation each run of which makes ``iterations_per_loop`` steps of ``train_op``."""
    require(isinstance(sess, tf.Session), f"sess is {sess!r}")
    require(isinstance(train_op, (tf.Operation, tf.Tensor)), f"train_op is {train_op!r}")
    number = iterations_per_loop
    require(isinstance(number, int) and number >= 1, f"iterations_per_loop is {number!r}")
    record("set_iteration_per_loop", iterations_per_loop=number)
    if number == 1:
        return train_op
    looped = tf.group(train_op, name="IterationOp")
    loops(sess.graph)[looped.name] = number
    return looped
