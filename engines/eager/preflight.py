"""What a TensorFlow 2 run needs of its environment, checked before the framework is imported."""

from __future__ import annotations

import argparse

from engines.common.backends import refuse_npu_toggles
from engines.common.cpu_features import computes_in_bfloat16
from engines.common.errors import UsageError
from engines.common.ranks import RankEnvironment
from engines.common.toggles import PRECISION_MODES, Toggles

TF2_PRECISION_MODES = tuple(
    sorted({*PRECISION_MODES, "allow_mix_precision_bf16", "allow_fp32_to_bf16", "cube_fp16in_fp32out"})
)

MIXED_ON_CPU = ("allow_mix_precision", "allow_mix_precision_bf16")
"""Modes that a CPU can follow, in bfloat16."""


def check_backend(
    options: argparse.Namespace, backend: str, toggles: Toggles, ranks: RankEnvironment
) -> None:
    """Raise :class:`UsageError` for a switch that does nothing on ``backend`` and for ranks that cannot meet."""
    if backend != "cpu":
        return
    if toggles.precision_mode in MIXED_ON_CPU:
        if not computes_in_bfloat16():
            raise UsageError(
                "--precision_mode {} computes in bfloat16 on CPU, and this CPU has no instructions for it "
                "(no avx512_bf16, amx_bf16 or ARM bf16): leave it out.".format(toggles.precision_mode)
            )
        toggles = toggles._replace(precision_mode=None)
    refuse_npu_toggles(toggles)
    if ranks.world_size > 1 and not ranks.peers:
        raise UsageError(
            "RANK_SIZE is {}, so TF_CONFIG must name the address of every rank.".format(ranks.world_size)
        )
