"""The number formats of the host's processor, as the kernel lists it."""

from __future__ import annotations

from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
BFLOAT16_FEATURES = frozenset({"amx_bf16", "avx512_bf16", "bf16"})
"""Instructions for bfloat16: two of x86, and ARM's."""


def read_features(cpuinfo: Path = CPUINFO) -> frozenset[str] | None:
    """The features of the first processor; ``None`` where the kernel does not tell."""
    try:
        lines = cpuinfo.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return None
    fields = (line.partition(":") for line in lines)
    listed = (value for name, _, value in fields if name.strip().lower() in ("flags", "features"))
    first = next(listed, None)
    return None if first is None else frozenset(first.split())


def computes_in_bfloat16(cpuinfo: Path = CPUINFO) -> bool | None:
    """Whether the processor has instructions for bfloat16; ``None`` where that is not known."""
    features = read_features(cpuinfo)
    return None if features is None else not features.isdisjoint(BFLOAT16_FEATURES)
