"""Operations of the device."""

from __future__ import annotations

from tensorflow.compat import v1 as tf

from npu_bridge import _system
from npu_bridge._calls import record, require


def initialize_system(name=None):
    """The operation after which ranks can be asked for."""
    return tf.numpy_function(_system.initialize, [], [], name=name)


def shutdown_system(name=None):
    """The operation that takes :func:`initialize_system` back."""
    return tf.numpy_function(_system.shutdown, [], [], name=name)


def dropout(x, keep_prob, noise_shape=None, seed=None, name=None):
    """``x`` with a share of about 1 - ``keep_prob`` zeroed and the rest scaled up."""
    require(x.dtype.is_floating, "x must be a floating point tensor.")
    require(isinstance(keep_prob, float), f"keep_prob is {keep_prob!r}")
    require(0.0 < keep_prob <= 1.0, f"keep_prob must be in the range (0, 1], got {keep_prob}")
    require(noise_shape is None, "engines drop single activations")
    require(seed is None or isinstance(seed, int), f"seed is {seed!r}")
    record("dropout", keep_prob=keep_prob, seed=seed)
    if keep_prob == 1.0:
        return x
    kept = tf.random.uniform(tf.shape(x), seed=seed) < keep_prob
    return tf.where(kept, x / keep_prob, tf.zeros_like(x), name=name)
