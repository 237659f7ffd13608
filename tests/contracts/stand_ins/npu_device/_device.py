"""``open()`` and the device's handle."""

from __future__ import annotations

import json
import os
from pathlib import Path

from npu_bridge._calls import record, require
from npu_bridge._environment import rank, world_size
from tensorflow.python.eager import context

from npu_device._options import freeze

DEVICES = 8
_state = {"handle": None, "default": False}


def open(device_id=None):  # noqa: A001
    """Open one device: the options are read here, and TensorFlow must not have computed before."""
    require(_state["handle"] is None, "the device is opened twice")
    require(not context.context()._initialized, "TensorFlow has computed before the device was opened")
    number = int(os.environ.get("ASCEND_DEVICE_ID", "0")) if device_id is None else device_id
    if world_size() > 1:
        _check_ranks(number)
    if not 0 <= number < DEVICES:
        raise RuntimeError(f"Failed open npu device {number} : no such device")
    record("open", device=number, options=freeze())
    _state["handle"] = NpuDeviceHandle(number)
    return _state["handle"]


def close():
    """Close what was opened; the adapter also does it at the end of the process."""


def require_default():
    """Operations over the ranks need the device to be the default one."""
    require(_state["default"], "the device was not made the default one")


class NpuDeviceHandle:
    """What ``open`` returns."""

    def __init__(self, number):
        self._number = number

    def name(self):
        return f"/job:localhost/replica:0/task:0/device:NPU:{self._number}"

    def is_cluster_worker(self):
        return world_size() > 1

    def as_default(self):
        require(not _state["default"], "the device is made the default one twice")
        record("as_default")
        _state["default"] = True
        return self


def _check_ranks(number):
    table = os.environ.get("RANK_TABLE_FILE")
    if not table:
        raise RuntimeError(
            "You must specify a rank table file by set env RANK_TABLE_FILE in distribution mode"
        )
    if "RANK_ID" not in os.environ:
        raise RuntimeError("You must specify rank id by set env RANK_ID in distribution mode")
    servers = json.loads(Path(table).read_text())["server_list"]
    ranks = {entry["rank_id"]: entry["device_id"] for server in servers for entry in server["device"]}
    require(len(ranks) == world_size(), "RANK_SIZE is not the size of the rank table")
    require(ranks.get(str(rank())) == str(number), "the rank table has another device for this rank")
