"""``global_options()``: names, defaults and values as documented; a wrong one raises at once."""

from __future__ import annotations

import json
import os
from pathlib import Path

from npu_bridge._calls import require
from npu_bridge._options import check_steps
from npu_bridge._profiling import check_profiling

TEXT, BOOL, NUMBER = (str,), (bool,), (int,)

MODES = (
    "force_fp32 allow_fp32_to_fp16 force_fp16 must_keep_origin_dtype allow_mix_precision cube_fp16in_fp32out "
    "allow_mix_precision_fp16 allow_mix_precision_bf16 allow_fp32_to_bf16"
).split()
MODES_V2 = "fp16 origin cube_fp16in_fp32out mixed_float16 mixed_bfloat16".split()

GROUPS = {
    "": {
        "graph_run_mode": (1, [0, 1]),
        "precision_mode": (None, MODES),
        "precision_mode_v2": (None, MODES_V2),
        "modify_mixlist": (None, TEXT),
        "fusion_switch_file": (None, TEXT),
        "op_precision_mode": (None, TEXT),
        "customize_dtypes": (None, TEXT),
        "op_debug_config": (None, TEXT),
        "debug_dir": (None, TEXT),
        "op_compiler_cache_mode": ("enable", ["enable", "disable", "force"]),
        "op_compiler_cache_dir": (None, TEXT),
        "enable_exception_dump": (2, [0, 1, 2]),
        "hcom_parallel": (True, BOOL),
        "is_tailing_optimization": (False, BOOL),
        "deterministic": (0, [0, 1]),
        "overflow_flag": (1, [0, 1]),
        "stream_sync_timeout": (-1, NUMBER),
        "event_sync_timeout": (-1, NUMBER),
        "jit_compile": ("auto", ["auto", "true", "false"]),
    },
    "dump_config": {
        "enable_dump": (False, BOOL),
        "dump_path": (None, TEXT),
        "dump_step": (None, TEXT),
        "dump_layer": (None, TEXT),
        "dump_mode": ("output", ["input", "output", "all"]),
        "enable_dump_debug": (False, BOOL),
        "dump_debug_mode": ("all", ["aicore_overflow", "atomic_overflow", "all"]),
        "dump_data": ("tensor", ["tensor", "stats"]),
    },
    "profiling_config": {"enable_profiling": (False, BOOL), "profiling_options": (None, TEXT)},
}


class Options:
    """The options of one group; those of the others are attributes of the first."""

    def __init__(self, group):
        known = GROUPS[group]
        self.__dict__.update({name: default for name, (default, _) in known.items()})
        self.__dict__.update(_known=known, _set={}, _frozen=False)
        if group == "":
            self.__dict__.update({name: Options(name) for name in GROUPS if name})

    def __setattr__(self, name, value):
        if name not in self._known:
            raise ValueError(f"NpuConfig has no option {name}, all options {sorted(self._known)}")
        require(not self._frozen, f"{name} is set after open()")
        allowed = self._known[name][1]
        if isinstance(allowed, list) and (value not in allowed or isinstance(value, bool)):
            raise ValueError(f"'{value}' not in optional list {allowed}")
        if isinstance(allowed, tuple) and type(value) not in allowed:
            raise ValueError(f"'{value}' is not of type {allowed[0].__name__}")
        self.__dict__[name] = value
        self._set[name] = value


_options = Options("")


def global_options():
    """The one set of options of this process."""
    return _options


def freeze():
    """Check the options together, as opening the device does, and return those that were set."""
    chosen = dict(_options._set)
    for group in filter(None, GROUPS):
        inner = getattr(_options, group)
        chosen.update({f"{group}.{name}": value for name, value in inner._set.items()})
        inner.__dict__["_frozen"] = True
    _options.__dict__["_frozen"] = True
    _check_dumps(_options.dump_config)
    if _options.profiling_config.enable_profiling:
        check_profiling(_options.profiling_config.profiling_options)
    mixed = "allow_mix_precision"
    if _options.modify_mixlist is not None:
        require((_options.precision_mode or "").startswith(mixed), "modify_mixlist needs " + mixed)
    for path in (_options.modify_mixlist, _options.fusion_switch_file):
        if path is not None:
            require(Path(path).is_absolute() and Path(path).is_file(), f"the path {path} is invalid.")
            json.loads(Path(path).read_text())
    return chosen


def _check_dumps(dump):
    require(not (dump.enable_dump and dump.enable_dump_debug), "the two dumps exclude each other")
    if not (dump.enable_dump or dump.enable_dump_debug):
        require(dump.dump_path is None, "dump_path without a dump")
        return
    path = Path(dump.dump_path or "")
    require(path.is_dir() and os.access(str(path), os.W_OK), f"the path {path} is not directory.")
    if dump.dump_step is not None:
        require(dump.enable_dump, "dump_step belongs to enable_dump")
        check_steps(dump.dump_step)
