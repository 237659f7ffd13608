"""``hccl.manage.api``: who else is there. It answers only once collective communication is initialised."""

from __future__ import annotations

from npu_bridge import _environment
from npu_bridge._calls import record, require

WORLD = "hccl_world_group"
_state = {"initialised": False}


def initialize():
    require(not _state["initialised"], "the system is initialised twice")
    record("initialize_system")
    _state["initialised"] = True
    return []


def shutdown():
    require(_state["initialised"], "the system is not initialised")
    record("shutdown_system")
    _state["initialised"] = False
    return []


def get_rank_size(group=WORLD):
    require(_state["initialised"], "get rank size error: initialize_system has not run")
    return _environment.world_size()


def get_rank_id(group=WORLD):
    require(_state["initialised"], "get rank id error: initialize_system has not run")
    return _environment.rank()
