"""Ascend NPUs by the adapter ``npu_bridge``: session options, collectives, optimizers, device loop.

Written from the adapter's documented interface: the keys and types of ``NpuOptimizer``'s parameter map, and
``hccl_ops``, ``NPUDistributedOptimizer``, ``NPULossScaleOptimizer``, ``npu_ops.dropout`` and
``util.set_iteration_per_loop``.
"""

from __future__ import annotations

import os
import zlib
from typing import Any, Dict, Optional, Sequence, Union

from npu_bridge.npu_init import (
    ExponentialUpdateLossScaleManager,
    FixedLossScaleManager,
    NPUDistributedOptimizer,
    NPULossScaleOptimizer,
    RewriterConfig,
    hccl_ops,
    npu_ops,
    util,
)

from engines.common.devices.npu_options import (
    DEFAULT_PRECISION,
    HALF_PRECISION,
    SESSION_SPELLING,
    debug_options,
)
from engines.common.errors import UsageError
from engines.common.job import Job
from engines.graph.collectives import Collectives
from engines.graph.device import GraphDevice
from engines.graph.framework import Operation, Session, tf
from engines.graph.optimizer import Gradients, LossScale, Optimizer, RankedOptimizer
from engines.ops.framework import Tensor

ALONE = 0
"""Not fused with other reductions, which is for gradients and would delay what does not wait for them."""

Option = Union[bool, int, str]


class NpuCollectives(Collectives):
    """HCCL, over all ranks of the rank table."""

    def __init__(self, world_size: int) -> None:
        self._world_size = world_size

    def sum(self, tensor: Tensor) -> Tensor:
        """See :class:`Collectives`."""
        if self._world_size == 1:
            return tensor
        return hccl_ops.allreduce(tensor, "sum", fusion=ALONE)

    def broadcast(self, variables: Sequence[Tensor]) -> Operation:
        """See :class:`Collectives`."""
        values = hccl_ops.broadcast([variable.read_value() for variable in variables], 0)
        return tf.group(*[variable.assign(value) for variable, value in zip(variables, values)])


class NpuOptimizer(RankedOptimizer):
    """The adapter's optimizers around ``optimizer``: mean gradients over the ranks inside the loss scale."""

    def __init__(self, optimizer: Optimizer, world_size: int, loss_scale: Optional[LossScale]) -> None:
        if world_size > 1:
            optimizer = NPUDistributedOptimizer(optimizer)
        if loss_scale is not None:
            manager = _loss_scale_manager(loss_scale)
            optimizer = NPULossScaleOptimizer(optimizer, manager, is_distributed=world_size > 1)
        super().__init__()
        self._optimizer = optimizer

    def compute_gradients(self, loss: Tensor, variables: Sequence[Tensor]) -> Gradients:
        """See :class:`RankedOptimizer`."""
        return list(self._optimizer.compute_gradients(loss, var_list=list(variables)))

    def apply_gradients(self, pairs: Gradients, global_step: Tensor) -> Operation:
        """See :class:`RankedOptimizer`.

        A step that overflowed changes no variable but is counted: its images have been used, and the numbers
        of lines and checkpoints go by steps.
        """
        applied = self._optimizer.apply_gradients(pairs)
        with tf.control_dependencies([applied]):
            return global_step.assign_add(1).op


def _loss_scale_manager(scale: LossScale) -> Any:
    if scale.growth_steps is None:
        return FixedLossScaleManager(scale.initial)
    return ExponentialUpdateLossScaleManager(
        init_loss_scale=scale.initial,
        incr_every_n_steps=scale.growth_steps,
        decr_every_n_nan_or_inf=scale.overflows,
        incr_ratio=2,
        decr_ratio=0.5,
    )


class GraphNpu(GraphDevice):
    """One rank on one NPU. The adapter finds device, rank and rank table in the environment."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._toggles = job.toggles
        self._world_size = job.ranks.world_size
        self._precision = job.toggles.precision_mode or DEFAULT_PRECISION
        self.collectives = NpuCollectives(job.ranks.world_size)
        self.threads = job.options.threads or max(1, len(os.sched_getaffinity(0)) // job.ranks.world_size)
        self._dropouts = 0
        if job.toggles.profile_steps is not None:
            job.reporter.say("On NPU the whole run is profiled; --profiling_steps holds on CPU.")

    def drop(self, x: Tensor, keep: float) -> Tensor:
        """Dropout by the adapter's operator, seeded for each rank and layer."""
        self._dropouts += 1
        place = "{}/{}/{}".format(self._job.options.seed, self._job.ranks.rank, self._dropouts)
        return npu_ops.dropout(x, keep, seed=zlib.crc32(place.encode()) & 0x7FFFFFFF)

    def fit_loop(self, steps: int) -> None:
        """See :class:`GraphDevice`."""
        wanted = self._job.options.iterations_per_loop
        sizes = range(1, min(wanted, steps) + 1)
        self.steps_per_call = max((size for size in sizes if steps % size == 0), default=1)
        if steps > 0 and self.steps_per_call != wanted:
            self._job.reporter.say(
                "A call of the device makes {} steps, not the {} of --iterations_per_loop, which do not "
                "divide the {} steps to come.".format(self.steps_per_call, wanted, steps)
            )

    def optimizer(self, optimizer: Optimizer, loss_scale: LossScale) -> NpuOptimizer:
        """See :class:`GraphDevice`; the loss is scaled where the precision mode uses float16."""
        if loss_scale.initial < 1.0:
            raise UsageError(
                "The loss scale is {:g}, but must be at least 1, which is none.".format(loss_scale.initial)
            )
        scaled = self._precision in HALF_PRECISION and loss_scale != LossScale()
        return NpuOptimizer(optimizer, self._world_size, loss_scale if scaled else None)

    def session(self) -> Session:
        """See :class:`GraphDevice`."""
        config = tf.ConfigProto(allow_soft_placement=True)
        rewrite = config.graph_options.rewrite_options
        rewrite.remapping = RewriterConfig.OFF
        rewrite.memory_optimization = RewriterConfig.OFF
        optimizer = rewrite.custom_optimizers.add()
        optimizer.name = "NpuOptimizer"
        for name, value in self._options().items():
            _set_option(optimizer.parameter_map[name], value)
        return tf.Session(config=config)

    def loop(self, session: Session, update: Operation) -> Operation:
        """See :class:`GraphDevice`: the device makes the steps without the host."""
        if self.steps_per_call == 1:
            return update
        return util.set_iteration_per_loop(session, update, self.steps_per_call)

    def _options(self) -> Dict[str, Option]:
        options: Dict[str, Option] = {
            "use_off_line": True,
            "precision_mode": self._precision,
            "iterations_per_loop": self.steps_per_call,
        }
        if self.steps_per_call > 1:
            options["enable_data_pre_proc"] = True  # the device has to take its batches without the host
        if self._world_size > 1:
            options["hcom_parallel"] = True
        options.update(debug_options(self._toggles, SESSION_SPELLING))
        return options


def _set_option(parameter: Any, value: Option) -> None:
    """Put ``value`` into the member of its type; in another one the adapter would not see it."""
    if isinstance(value, bool):
        parameter.b = value
    elif isinstance(value, int):
        parameter.i = value
    else:
        parameter.s = tf.compat.as_bytes(value)
