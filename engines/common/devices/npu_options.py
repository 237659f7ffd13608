"""The options that the debug toggles set in TensorFlow's NPU adapters, which spell the same switches in two ways."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType
from typing import Dict, Mapping, Union

from engines.common.errors import UsageError
from engines.common.flags.toggles import Toggles

DEFAULT_PRECISION = "allow_mix_precision"

HALF_PRECISION = ("allow_mix_precision", "allow_mix_precision_fp16", "allow_fp32_to_fp16", "force_fp16")
"""Modes in which small gradients vanish without a loss scale."""

SESSION_SPELLING: Mapping[str, str] = MappingProxyType({})
"""npu_bridge: as :func:`debug_options` calls them."""

GLOBAL_SPELLING: Mapping[str, str] = MappingProxyType(
    {
        "enable_dump": "dump_config.enable_dump",
        "enable_dump_debug": "dump_config.enable_dump_debug",
        "dump_path": "dump_config.dump_path",
        "dump_step": "dump_config.dump_step",
        "dump_mode": "dump_config.dump_mode",
        "dump_debug_mode": "dump_config.dump_debug_mode",
        "profiling_mode": "profiling_config.enable_profiling",
        "profiling_options": "profiling_config.profiling_options",
    }
)
"""npu_device: fields of groups of its global options."""


def debug_options(toggles: Toggles, spelling: Mapping[str, str]) -> Dict[str, Union[bool, str]]:
    """The adapter's options by name; the folders are made, as they must exist before the adapter starts.

    Raises :class:`UsageError` where one cannot be made.
    """
    options: Dict[str, Union[bool, str]] = {}
    if toggles.overflow_dump:
        options["enable_dump_debug"] = True
        options["dump_path"] = _made(toggles.overflow_path)
        options["dump_debug_mode"] = "all"
    if toggles.dump_steps:
        options["enable_dump"] = True
        options["dump_path"] = _made(toggles.dump_path)
        options["dump_step"] = "|".join(str(step) for step in sorted(toggles.dump_steps))
        options["dump_mode"] = "all"
    if toggles.profile_steps is not None:
        options["profiling_mode"] = True
        options["profiling_options"] = json.dumps(
            {
                "output": _made(toggles.profile_path),
                "training_trace": "on",
                "task_trace": "on",
                "aicpu": "on",
                "fp_point": "",
                "bp_point": "",
                "aic_metrics": "PipeUtilization",
            }
        )
    if toggles.mixlist is not None:
        options["modify_mixlist"] = str(toggles.mixlist.resolve())
    if toggles.fusion_off is not None:
        options["fusion_switch_file"] = str(toggles.fusion_off.resolve())
    return {spelling.get(name, name): value for name, value in options.items()}


def _made(folder: Path) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError("The folder {} cannot be made: {}.".format(folder, error.strerror)) from None
    return str(folder.resolve())
