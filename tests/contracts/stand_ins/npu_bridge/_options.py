"""The session's options: ``NpuOptimizer`` and its parameter map, as documented for a 910."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from tensorflow.compat import v1 as tf
from tensorflow.core.protobuf.rewriter_config_pb2 import RewriterConfig

from npu_bridge._calls import require
from npu_bridge._profiling import check_profiling

DEFAULTS = {"iterations_per_loop": 1}

MODES = (
    "force_fp32 allow_fp32_to_fp16 force_fp16 must_keep_origin_dtype allow_mix_precision "
    "cube_fp16in_fp32out allow_mix_precision_fp16"
).split()
MODES_V2 = "fp16 origin cube_fp16in_fp32out mixed_float16".split()
MIXED = ("allow_mix_precision", "allow_mix_precision_fp16", "mixed_float16")

LISTED = {
    "precision_mode": MODES,
    "precision_mode_v2": MODES_V2,
    "dump_mode": ("input", "output", "all"),
    "dump_data": ("tensor", "stats"),
    "dump_debug_mode": ("aicore_overflow", "atomic_overflow", "all"),
    "enable_exception_dump": (0, 1, 2),
    "graph_run_mode": (0, 1),
    "op_debug_level": (0, 1, 2, 3, 4),
    "deterministic": (0, 1),
    "variable_placement": ("Host", "Device"),
    "jit_compile": ("true", "false", "auto"),
    "aoe_mode": ("1", "2", "4"),
    "op_compiler_cache_mode": ("enable", "disable", "force"),
}
"""Values of options that have a list of them."""

MEMBERS = {
    "b": (
        "use_off_line enable_dump enable_dump_debug profiling_mode mix_compile_mode hcom_parallel "
        "hcom_multi_mode is_tailing_optimization external_weight frozen_variable enable_data_pre_proc"
    ).split(),
    "i": (
        "iterations_per_loop enable_exception_dump op_debug_level graph_run_mode session_device_id "
        "deterministic static_memory_policy atomic_clean_policy hccl_timeout op_wait_timeout "
        "op_execute_timeout graph_exec_timeout stream_sync_timeout event_sync_timeout enable_small_channel"
    ).split(),
    "s": (
        "precision_mode precision_mode_v2 modify_mixlist customize_dtypes op_precision_mode dump_path "
        "dump_step dump_mode dump_data dump_layer dump_debug_mode op_debug_config debug_dir "
        "profiling_options fusion_switch_file variable_placement jit_compile aoe_mode work_path "
        "op_compiler_cache_mode op_compiler_cache_dir stream_max_parallel_num"
    ).split(),
}
"""Options by the member of their value; in another one the adapter does not see them."""

MEMBER_OF = {key: member for member, keys in MEMBERS.items() for key in keys}


def read_options(config):
    """The options that the session's ``config`` sets."""
    require(config is not None and config.allow_soft_placement, "allow_soft_placement is off")
    rewrite = config.graph_options.rewrite_options
    for name in ("remapping", "memory_optimization"):
        require(getattr(rewrite, name) == RewriterConfig.OFF, name + " is not OFF")
    require(len(rewrite.custom_optimizers) == 1, "there must be one custom optimizer")
    (optimizer,) = rewrite.custom_optimizers
    require(optimizer.name == "NpuOptimizer", "the optimizer is called " + optimizer.name)
    options = {}
    for key, value in optimizer.parameter_map.items():
        require(key in MEMBER_OF, "there is no option " + key)
        member = value.WhichOneof("value")
        require(member == MEMBER_OF[key], f"{key} is set in .{member}")
        options[key] = tf.compat.as_text(value.s) if member == "s" else getattr(value, member)
    _check(options)
    return options


def _check(options):
    require(options.get("use_off_line") is True, "use_off_line False computes on the host")
    for key, values in LISTED.items():
        if key in options:
            require(options[key] in values, f"{key} should be one of {list(values)}, not {options[key]}")
    require(
        not ("precision_mode" in options and "precision_mode_v2" in options),
        "'precision_mode' and 'precision_mode_v2' can not be assigned at the same time.",
    )
    require(options.get("iterations_per_loop", 1) >= 1, "iterations_per_loop is not positive")
    require(
        not options.get("mix_compile_mode") or options.get("iterations_per_loop", 1) == 1,
        "iterations_per_loop must be 1 with mix_compile_mode",
    )
    require(
        options.get("enable_data_pre_proc") or options.get("iterations_per_loop", 1) == 1,
        "a loop needs enable_data_pre_proc: the device fetches its batches itself",
    )
    require(options.get("session_device_id", 0) >= 0, "session_device_id is negative")
    _check_dumps(options)
    _check_files(options)
    profiled = options.get("profiling_options")
    if options.get("profiling_mode"):
        require(profiled is not None, "the default profiling_options write to the working directory")
        check_profiling(profiled)
    else:
        require(profiled is None, "profiling_options without profiling_mode")


def _check_dumps(options):
    kinds = [key for key in ("enable_dump", "enable_dump_debug") if options.get(key)]
    require(len(kinds) < 2, "enable_dump and enable_dump_debug must not both be True")
    if not kinds:
        require("dump_path" not in options, "dump_path without a dump")
        return
    require("dump_path" in options, "if use dump function, dump_path must be set.")
    path = Path(options["dump_path"])
    require(path.is_dir(), f"the path {path} is not directory.")
    require(os.access(str(path), os.R_OK | os.W_OK), f"the path {path} does't have permissions")
    for key in ("dump_step", "dump_mode", "dump_data", "dump_layer"):
        require(key not in options or kinds == ["enable_dump"], key + " belongs to enable_dump")
    require("dump_debug_mode" not in options or kinds == ["enable_dump_debug"], "there is no debug dump")
    if "dump_step" in options:
        check_steps(options["dump_step"])


def check_steps(text):
    """The list of steps to dump."""
    syntax = "dump_step string style is error, correct example:'0|5|10|50-100'"
    require(re.match(r"\d+(-\d+)?(\|\d+(-\d+)?)*\Z", text), syntax)
    items = [item.split("-") for item in text.split("|")]
    require(len(items) <= 100, "dump_step only support dump <= 100 sets of data")
    for item in items:
        require(
            len(item) == 1 or int(item[0]) < int(item[1]),
            "in range steps, the first step is >= second step, correct example:'0|5|10|50-100'",
        )


def _check_files(options):
    if "modify_mixlist" in options:
        mode = options.get("precision_mode", options.get("precision_mode_v2"))
        require(mode in MIXED, f"modify_mixlist needs a mixed mode, not {mode}")
        lists = _json(options["modify_mixlist"])
        require(set(lists) <= {"black-list", "white-list", "gray-list"}, "no such list")
        for changes in lists.values():
            require(set(changes) <= {"to-add", "to-remove"}, "no such change")
            require(all(isinstance(names, list) for names in changes.values()), "not a list of operators")
    if "fusion_switch_file" in options:
        content = _json(options["fusion_switch_file"])
        require(set(content) == {"Switch"}, "the file has no Switch")
        require(set(content["Switch"]) <= {"GraphFusion", "UBFusion"}, "no such kind of fusion")
        for passes in content["Switch"].values():
            require(set(passes.values()) <= {"on", "off"}, "a pass is on or off")


def _json(path):
    require(Path(path).is_absolute() and Path(path).is_file(), f"the path {path} is invalid.")
    return json.loads(Path(path).read_text())
