"""``torch.npu``: devices, random numbers, dumps."""

from __future__ import annotations

import json
import os
from pathlib import Path

import torch

from torch_npu._calls import record, require
from torch_npu.npu import amp

__all__ = ["amp"]

DEVICES = 2
DUMP_KEYS = {
    frozenset({"dump_path", "dump_debug"}): {"dump_debug": ("on", "off")},
    frozenset({"dump_path", "dump_list", "dump_op_switch", "dump_data"}): {
        "dump_op_switch": ("on", "off"),
        "dump_data": ("tensor", "stats"),
    },
}
_state = {"device": None, "dump": None}


def is_available() -> bool:
    return True


def device_count() -> int:
    return DEVICES


def set_device(device: int) -> None:
    require(isinstance(device, int) and 0 <= device < DEVICES, f"there is no NPU {device!r}")
    require(_state["device"] is None, "the device is set twice")
    record("set_device", device=device)
    _state["device"] = device


def move(value, device=None, non_blocking=False):
    """``Tensor.npu`` and ``Module.npu``: to the device that was set."""
    _require_device()
    return value


def manual_seed(seed: int) -> None:
    _require_device()
    torch.default_generator.manual_seed(seed)


def synchronize(device=None) -> None:
    _require_device()


def init_dump() -> None:
    _require_device()
    require(_state["dump"] is None, "a dump is going on")
    record("init_dump")
    _state["dump"] = "ready"


def set_dump(cfg_file: str) -> None:
    require(_state["dump"] == "ready", "set_dump without init_dump")
    assert Path(cfg_file).exists(), f"cfg_file {cfg_file} path does not exist."
    content = json.loads(Path(cfg_file).read_text())
    require(set(content) == {"dump"}, f"unknown keys in {content}")
    settings = content["dump"]
    values = DUMP_KEYS.get(frozenset(settings))
    require(values is not None, f"no such set of keys: {sorted(settings)}")
    for key, legal in values.items():
        require(settings[key] in legal, f"{key} is {settings[key]!r}")
    require(Path(settings["dump_path"]).is_dir(), "dump_path must exist")
    require(os.access(settings["dump_path"], os.W_OK), "dump_path must be writable")
    record("set_dump", settings=settings)
    _state["dump"] = "on"


def finalize_dump() -> None:
    require(_state["dump"] == "on", "finalize_dump without set_dump")
    record("finalize_dump")
    _state["dump"] = None


def _require_device() -> None:
    require(_state["device"] is not None, "the device must be set first: device 0 would be opened")
