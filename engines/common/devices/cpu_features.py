"""What the host's processor can compute in, as the kernel lists it."""

from __future__ import annotations

from pathlib import Path
from typing import FrozenSet

CPUINFO = Path("/proc/cpuinfo")


def cpu_flags() -> FrozenSet[str]:
    """The features of the first processor; none where the kernel does not tell."""
    try:
        text = CPUINFO.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return frozenset()
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() in ("flags", "features"):
            return frozenset(value.split())
    return frozenset()


def computes_in_bfloat16() -> bool:
    """Whether there are instructions for bfloat16: AMX or AVX-512 on x86, BF16 on ARM."""
    return bool(cpu_flags() & {"amx_bf16", "avx512_bf16", "bf16"})
