"""CPU or NPU, decided without importing an adapter, and what each of them needs of flags and environment."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Mapping

from engines.common.devices.processor import computes_in_bfloat16
from engines.common.devices.ranks import RankEnvironment
from engines.common.errors import UsageError
from engines.common.flags.toggles import Toggles

FLOAT32_MODES = (None, "must_keep_origin_dtype", "force_fp32")

BFLOAT16_MODE = "allow_mix_precision_bf16"
"""The mixed precision that a processor can have too."""


def choose_backend(wanted: str, adapter: str) -> str:
    """``npu`` or ``cpu`` for the flag's value ``wanted``; ``adapter`` is the package that drives the NPU.

    ``auto`` takes the NPU where both the adapter and a device are there. Raises :class:`UsageError` where
    the NPU is asked for and the adapter is missing.
    """
    installed = importlib.util.find_spec(adapter) is not None
    if wanted == "npu" and not installed:
        raise UsageError(
            "--backend npu needs the package {}, which this interpreter does not have; "
            "choose another interpreter or --backend cpu.".format(adapter)
        )
    if wanted == "auto":
        return "npu" if installed and any(Path("/dev").glob("davinci[0-9]*")) else "cpu"
    return wanted


def check_tensorflow_backend(backend: str, toggles: Toggles, ranks: RankEnvironment) -> None:
    """On CPU: no switches that need an NPU, and TensorFlow's addresses for several ranks. On NPU: see
    :func:`check_npu_environment`."""
    if backend == "npu":
        check_npu_environment(toggles, ranks, os.environ)
    else:
        refuse_npu_toggles(toggles)
        if toggles.precision_mode == BFLOAT16_MODE:
            os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"  # read while TensorFlow is imported; only oneDNN mixes
        if ranks.world_size > 1 and not ranks.peers:
            raise UsageError(
                "RANK_SIZE is {}, so TF_CONFIG must name the address of every rank.".format(ranks.world_size)
            )


def refuse_npu_toggles(toggles: Toggles) -> None:
    """Raise :class:`UsageError` for a toggle that has no meaning on CPU, or not on this one."""
    if toggles.precision_mode == BFLOAT16_MODE:
        if not computes_in_bfloat16():
            raise UsageError(
                "--precision_mode {} needs a processor with bfloat16 instructions (AMX or AVX-512), which this "
                "one does not have; leave it out to compute in float32.".format(BFLOAT16_MODE)
            )
    elif toggles.precision_mode not in FLOAT32_MODES:
        raise UsageError(
            "--precision_mode {} needs an NPU: on CPU this engine computes in float32, which is "
            "must_keep_origin_dtype, or where the processor can in {}.".format(
                toggles.precision_mode, BFLOAT16_MODE
            )
        )
    if toggles.mixlist is not None:
        raise UsageError("--use_mixlist works on NPU alone: on CPU no precision is mixed.")
    if toggles.fusion_off is not None:
        raise UsageError(
            "--fusion_off_flag works on NPU alone: on CPU there are no fusion passes to switch off."
        )


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
