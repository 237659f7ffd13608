"""The loop on the device."""

from __future__ import annotations

from tensorflow.compat import v1 as tf

from npu_bridge._calls import record, require
from npu_bridge._session import loops


def set_iteration_per_loop(sess, train_op, iterations_per_loop=1):
    """An operation each run of which makes ``iterations_per_loop`` steps of ``train_op``."""
    require(isinstance(sess, tf.Session), f"sess is {sess!r}")
    require(isinstance(train_op, tf.Operation), f"train_op is {train_op!r}")
    number = iterations_per_loop
    require(isinstance(number, int) and number >= 1, f"iterations_per_loop is {number!r}")
    record("set_iteration_per_loop", iterations_per_loop=number)
    if number == 1:
        return train_op
    for name, value in (("iterations_per_loop", number - 1), ("loop_cond", 0), ("zero", 0), ("one", 1)):
        _loop_variable(name).load(value, sess)
    looped = tf.group(train_op, name="IterationOp")
    loops(sess.graph)[looped.name] = number
    return looped


def _loop_variable(name):
    """One of the variables by which the device counts. They stand where the global step does."""
    with tf.colocate_with(tf.train.get_global_step()), tf.variable_scope("npu_runconfig"):
        return tf.get_variable(
            name,
            [],
            tf.int64,
            tf.zeros_initializer(),
            trainable=False,
            collections=[tf.GraphKeys.LOCAL_VARIABLES],
            use_resource=True,
        )
