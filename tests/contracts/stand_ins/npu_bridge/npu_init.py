"""The one import of training scripts."""

from __future__ import annotations

from tensorflow.core.protobuf.rewriter_config_pb2 import RewriterConfig

from npu_bridge import _session, hccl_ops, npu_ops, util
from npu_bridge._system import get_rank_id, get_rank_size
from npu_bridge.loss_scales import ExponentialUpdateLossScaleManager, FixedLossScaleManager
from npu_bridge.optimizers import NPUDistributedOptimizer, NPULossScaleOptimizer

__all__ = [
    "ExponentialUpdateLossScaleManager",
    "FixedLossScaleManager",
    "NPUDistributedOptimizer",
    "NPULossScaleOptimizer",
    "RewriterConfig",
    "get_rank_id",
    "get_rank_size",
    "hccl_ops",
    "npu_ops",
    "util",
]

_session.patch()
