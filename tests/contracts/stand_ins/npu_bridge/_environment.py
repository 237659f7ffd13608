"""Device, rank and rank table as the adapter finds them in the environment."""

from __future__ import annotations

import json
import os
from pathlib import Path

from npu_bridge._calls import require

DEVICES = 8
DEVICE_VARIABLES = ("ASCEND_DEVICE_ID", "DEVICE_ID")


def world_size():
    """Number of ranks; without ``RANK_SIZE`` there are no collectives."""
    return int(os.environ.get("RANK_SIZE", "1"))


def rank():
    """This process's rank."""
    return int(os.environ.get("RANK_ID", "0"))


def device(session_device_id):
    """The logical number of this process's device; without any variable it would be 0."""
    if session_device_id is not None:
        return session_device_id
    for name in DEVICE_VARIABLES:
        text = os.environ.get(name)
        if text is not None:
            require(text.isdigit(), name + " is invalid, should be int, such as 0, 1, 2.")
            return int(text)
    require(world_size() == 1, "DEVICE_ID and ASCEND_DEVICE_ID is none, use default device id : 0")
    return 0


def open_device(number):
    """Take the device for this process: two on one device do not work."""
    require(0 <= number < DEVICES, f"there is no device {number}")
    owner = Path(os.environ["NPU_BRIDGE_EXCHANGE"], f"device-{number}")
    try:
        with owner.open("x") as file:
            file.write(str(os.getpid()))
    except FileExistsError:
        require(owner.read_text() == str(os.getpid()), f"device {number} is in use")


def check_ranks(number):
    """Whether several ranks can find one another, this one on device ``number``."""
    chief, table = "CM_CHIEF_IP" in os.environ, os.environ.get("RANK_TABLE_FILE")
    require(
        not (chief and table),
        "[GePlugin] CM_CHIEF_IP and RANK_TABLE_FILE cannot be configured at the same time.",
    )
    require(not (chief and "RANK_SIZE" in os.environ), "RANK_SIZE must be absent beside CM_CHIEF_IP")
    if world_size() == 1:
        return
    require(table, "RANK_TABLE_FILE is not set")
    require("RANK_ID" in os.environ, "[GePlugin] Can't find rank_id or pod_name in env.")
    require(world_size() in (1, 2, 4, 8), f"{world_size()} ranks do not fit on one host")
    entries = [
        entry for server in json.loads(Path(table).read_text())["server_list"] for entry in server["device"]
    ]
    ranks = {entry["rank_id"]: entry["device_id"] for entry in entries}
    require(len(ranks) == world_size(), "RANK_SIZE is not the size of the rank table")
    require(ranks.get(str(rank())) == str(number), "the rank table has another device for this rank")
