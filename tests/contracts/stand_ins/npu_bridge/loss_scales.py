"""Loss scales, fixed or moving."""

from __future__ import annotations

from tensorflow.compat import v1 as tf

from npu_bridge._calls import record, require


class LossScaleManager:
    """What ``NPULossScaleOptimizer`` asks for its factor."""


class FixedLossScaleManager(LossScaleManager):
    def __init__(self, loss_scale, enable_overflow_check=True):
        require(loss_scale >= 1, "loss scale must be at least 1.")
        require(enable_overflow_check, "an overflow would go into the weights")
        record("FixedLossScaleManager", loss_scale=loss_scale)
        self._scale = tf.constant(loss_scale, tf.float32)

    def get_loss_scale(self):
        return self._scale

    def update_loss_scale(self, finite):
        return tf.no_op()


class ExponentialUpdateLossScaleManager(LossScaleManager):
    def __init__(
        self, init_loss_scale, incr_every_n_steps, decr_every_n_nan_or_inf=2, incr_ratio=2, decr_ratio=0.8
    ):
        require(init_loss_scale >= 1, f"init_loss_scale is {init_loss_scale!r}")
        for number in (incr_every_n_steps, decr_every_n_nan_or_inf):
            require(isinstance(number, int) and number >= 1, f"{number!r} is no number of steps")
        require(incr_ratio > 1 > decr_ratio > 0, "the scale would move the wrong way")
        record(
            "ExponentialUpdateLossScaleManager",
            init_loss_scale=init_loss_scale,
            incr_every_n_steps=incr_every_n_steps,
            decr_every_n_nan_or_inf=decr_every_n_nan_or_inf,
            incr_ratio=incr_ratio,
            decr_ratio=decr_ratio,
        )
        self._grow_after, self._fall_after = incr_every_n_steps, decr_every_n_nan_or_inf
        self._growth, self._fall = float(incr_ratio), float(decr_ratio)
        self._scale = _state("loss_scale", float(init_loss_scale), tf.float32)
        self._good = _state("good_steps", 0, tf.int32)
        self._bad = _state("bad_steps", 0, tf.int32)

    def get_loss_scale(self):
        return self._scale.read_value()

    def update_loss_scale(self, finite):
        scale, good, bad = self._scale.read_value(), self._good.read_value(), self._bad.read_value()
        grows = tf.logical_and(finite, good + 1 >= self._grow_after)
        falls = tf.logical_and(tf.logical_not(finite), bad + 1 >= self._fall_after)
        risen = scale * self._growth
        risen = tf.where(tf.math.is_finite(risen), risen, scale)
        lowered = tf.maximum(scale * self._fall, 1.0)
        moved = tf.logical_or(grows, falls)
        zero = tf.zeros([], tf.int32)
        with tf.control_dependencies([scale, good, bad]):
            return tf.group(
                self._scale.assign(tf.where(grows, risen, tf.where(falls, lowered, scale))),
                self._good.assign(tf.where(tf.logical_or(moved, tf.logical_not(finite)), zero, good + 1)),
                self._bad.assign(tf.where(moved, zero, bad + tf.cast(tf.logical_not(finite), tf.int32))),
            )


def _state(name, value, dtype):
    return tf.Variable(value, trainable=False, name=name, dtype=dtype, use_resource=False)
