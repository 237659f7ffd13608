"""What TensorFlow's NPU adapters need of environment and flags: they would go on alone, or on a wrong device."""

from __future__ import annotations

from typing import Mapping

from engines.common.devices.ranks import RankEnvironment
from engines.common.errors import UsageError
from engines.common.flags.toggles import Toggles

DEVICE_VARIABLES = ("ASCEND_DEVICE_ID", "DEVICE_ID")


def check_npu_environment(toggles: Toggles, ranks: RankEnvironment, environ: Mapping[str, str]) -> None:
    """Raise :class:`UsageError` where the ranks would not find one another or their devices, and for a switch
    that does nothing on NPU."""
    if environ.get("CM_CHIEF_IP"):
        raise UsageError(
            "CM_CHIEF_IP is set, but the ranks of an engine meet by RANK_TABLE_FILE, RANK_ID and RANK_SIZE: "
            "unset it."
        )
    if toggles.overflow_stop:
        raise UsageError(
            "--over_dump_stop works on CPU alone: an NPU dumps what overflowed, but tells nobody."
        )
    if ranks.world_size == 1:
        return
    if not environ.get("RANK_TABLE_FILE"):
        raise UsageError(
            "RANK_SIZE is {}, so RANK_TABLE_FILE must name the rank table.".format(ranks.world_size)
        )
    if not any(environ.get(name) for name in DEVICE_VARIABLES):
        raise UsageError(
            "RANK_SIZE is {}, so ASCEND_DEVICE_ID must name this rank's device: "
            "else all ranks would take device 0.".format(ranks.world_size)
        )
