"""Ascend NPUs by the adapter ``npu_device``: options, the device, and HCCL between the ranks.

Written from the adapter's documented interface: the fields and values of ``global_options()``, which come before
``open().as_default()``, and ``distribute.all_reduce`` and ``distribute.broadcast``. What the adapter opened it
closes at the process's end.
"""

from __future__ import annotations

import os
from typing import Any, Callable, List, Optional, Sequence, Union

import npu_device as npu

from engines.common.devices.backend_selection import DEVICE_VARIABLES
from engines.common.devices.npu_options import (
    DEFAULT_PRECISION,
    GLOBAL_SPELLING,
    HALF_PRECISION,
    debug_options,
)
from engines.common.errors import UsageError
from engines.common.job import Job
from engines.common.stop_flag import StopFlag
from engines.eager.device import EagerDevice
from engines.ops.framework import Tensor

Option = Union[bool, str]


class EagerNpu(EagerDevice):
    """One rank on one NPU. The adapter finds rank and rank table in the environment.

    The loss scale is a fixed one of this program's own: the adapter's optimizer for that wraps Keras
    optimizers alone. A step whose mean gradient is not finite changes no weights on any rank.
    """

    def __init__(self, job: Job) -> None:
        self._toggles = job.toggles
        if job.toggles.profile_steps is not None and job.ranks.rank == 0:
            job.reporter.say("On NPU the whole run is profiled; --profiling_steps holds on CPU.")
        self._precision = job.toggles.precision_mode or DEFAULT_PRECISION
        self.threads = job.options.threads or max(1, len(os.sched_getaffinity(0)) // job.ranks.world_size)
        self.loss_scale = job.options.loss_scale if self._precision in HALF_PRECISION else 1.0

    def connect(self, stop: StopFlag, on_loss: Callable[[int], int]) -> bool:
        """See :class:`EagerDevice`; the ranks meet in their first operation, where they also agree on a stop."""
        options = dict(debug_options(self._toggles, GLOBAL_SPELLING), precision_mode=self._precision)
        for name, value in options.items():
            _set_option(npu.global_options(), name, value)
        try:
            npu.open(_device()).as_default()
        except RuntimeError as error:
            raise UsageError("The NPU cannot be opened: {}.".format(str(error).rstrip("."))) from None
        return True

    def mean(self, tensors: Sequence[Tensor]) -> List[Tensor]:
        """See :class:`EagerDevice`."""
        return list(npu.distribute.all_reduce(list(tensors), "mean"))

    def sum(self, tensor: Tensor) -> Tensor:
        """See :class:`EagerDevice`."""
        return npu.distribute.all_reduce(tensor, "sum")

    def broadcast(self, variables: Sequence[Tensor]) -> None:
        """See :class:`EagerDevice`."""
        npu.distribute.broadcast(list(variables), 0)


def _device() -> Optional[int]:
    """The device that the environment names; ``None`` leaves it to the adapter."""
    texts = [os.environ.get(name, "") for name in DEVICE_VARIABLES]
    return next((int(text) for text in texts if text.isdigit()), None)


def _set_option(options: Any, name: str, value: Option) -> None:
    """Set the option of that dotted ``name``."""
    *groups, last = name.split(".")
    for group in groups:
        options = getattr(options, group)
    setattr(options, last, value)
