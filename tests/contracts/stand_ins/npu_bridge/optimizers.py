"""Optimizers over several ranks and under a loss scale."""

from __future__ import annotations

import os

import numpy as np
from tensorflow.compat import v1 as tf

from npu_bridge import hccl_ops
from npu_bridge._calls import record, require
from npu_bridge._environment import rank, world_size
from npu_bridge.loss_scales import LossScaleManager


class NPUDistributedOptimizer(tf.train.Optimizer):
    """Gives ``optimizer`` the mean gradients; alone where there is one rank."""

    def __init__(self, optimizer, is_weight_update_sharding=False, name=None):
        require(isinstance(optimizer, tf.train.Optimizer), f"optimizer is {optimizer!r}")
        require(not isinstance(optimizer, NPULossScaleOptimizer), "the loss scale goes around the ranks")
        require(not is_weight_update_sharding, "sharding is not for these engines")
        super().__init__(False, name or "Distributed" + type(optimizer).__name__)
        record("NPUDistributedOptimizer", optimizer=type(optimizer).__name__)
        self._optimizer = optimizer

    def compute_gradients(self, *args, **kwargs):
        pairs = self._optimizer.compute_gradients(*args, **kwargs)
        if world_size() == 1:
            return pairs
        present = [pair for pair in pairs if pair[0] is not None]
        sums = hccl_ops.reduced([gradient for gradient, _ in present], "sum")
        means = {variable.name: total / world_size() for total, (_, variable) in zip(sums, present)}
        return [(means.get(variable.name), variable) for _, variable in pairs]

    def apply_gradients(self, *args, **kwargs):
        return self._optimizer.apply_gradients(*args, **kwargs)


class NPULossScaleOptimizer(tf.train.Optimizer):
    """Gives ``opt`` the gradients of the scaled loss, scaled back, and skips a step that overflowed."""

    def __init__(self, opt, loss_scale_manager, is_distributed=False):
        require(isinstance(opt, tf.train.Optimizer), '"opt" must be an instance of Optimizer')
        require(isinstance(loss_scale_manager, LossScaleManager), "this is no loss scale manager")
        require(is_distributed == (world_size() > 1), "is_distributed must say whether there are ranks")
        super().__init__(False, "NPULossScaleOptimizer" + type(opt).__name__)
        record("NPULossScaleOptimizer", optimizer=type(opt).__name__, is_distributed=is_distributed)
        self._optimizer = opt
        self._manager = loss_scale_manager
        self._is_distributed = is_distributed

    def compute_gradients(self, loss, var_list=None, **kwargs):
        scale = self._manager.get_loss_scale()
        pairs = self._optimizer.compute_gradients(loss * scale, var_list=var_list, **kwargs)
        return [(None if gradient is None else gradient / scale, variable) for gradient, variable in pairs]

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        pairs = list(grads_and_vars)
        finite = tf.equal(self._float_status([gradient for gradient, _ in pairs if gradient is not None]), 0)
        applied = tf.cond(
            finite,
            lambda: tf.group(self._optimizer.apply_gradients(pairs, global_step, name)),
            tf.no_op,
        )
        with tf.control_dependencies([applied]):
            return self._manager.update_loss_scale(finite)

    def _float_status(self, gradients):
        """On how many ranks the device has seen an overflow since the last step."""
        with tf.control_dependencies(gradients):
            device = tf.numpy_function(_Device().status, [], tf.float32)
        device.set_shape([])
        seen = [tf.reduce_any(tf.logical_not(tf.math.is_finite(gradient))) for gradient in gradients]
        status = tf.maximum(device, tf.cast(tf.reduce_any(tf.stack(seen)), tf.float32))
        return hccl_ops.reduced([status], "sum")[0] if self._is_distributed else status


class _Device:
    """A device that overflows where the tests want it to."""

    def __init__(self):
        pairs = os.environ.get("NPU_BRIDGE_OVERFLOW", "").split(",")
        self._steps = [int(pair.split(":")[1]) for pair in pairs if pair.split(":")[0] == str(rank())]
        self._step = 0

    def status(self):
        self._step += 1
        return np.float32(self._step in self._steps)
