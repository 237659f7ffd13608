"""Where the arithmetic happens, decided without importing an adapter."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from engines.common.devices.cpu_features import computes_in_bfloat16
from engines.common.errors import UsageError
from engines.common.flags.toggles import Toggles

BACKENDS = ("auto", "npu", "cpu")

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
