"""``profiling_options``: JSON text."""

from __future__ import annotations

import json
from pathlib import Path

from npu_bridge._calls import require

SWITCH = ("on", "off")

VALUES = {
    "training_trace": SWITCH,
    "task_trace": ("on", "off", "l0", "l1"),
    "task_time": ("on", "off", "l0", "l1"),
    "ge_api": ("off", "l0", "l1"),
    "hccl": SWITCH,
    "aicpu": SWITCH,
    "msproftx": SWITCH,
    "runtime_api": SWITCH,
    "l2": SWITCH,
    "aic_metrics": (
        "ArithmeticUtilization",
        "PipeUtilization",
        "Memory",
        "MemoryL0",
        "MemoryUB",
        "ResourceConflictRatio",
    ),
}

TEXTS = ("output", "storage_limit", "fp_point", "bp_point")


def check_profiling(text):
    """Keys and values of the profiler."""
    options = json.loads(text)
    for key, value in options.items():
        require(key in VALUES or key in TEXTS, "there is no profiling option " + key)
        require(isinstance(value, str), f"{key} is no text")
        require(key in TEXTS or value in VALUES[key], f"{key} is {value}")
    require(Path(options.get("output", "")).is_dir(), "output must exist")
    traced = options.get("task_trace", "off") == "off" or options.get("training_trace") == "on"
    require(traced, "task_trace needs training_trace")
