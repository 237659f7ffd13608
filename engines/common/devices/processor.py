"""The host's processor: the formats it computes in, and how the C library hands out its memory."""

from __future__ import annotations

import ctypes
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


M_TRIM_THRESHOLD = -1
M_MMAP_MAX = -4
M_ARENA_MAX = -8


def keep_freed_memory() -> None:
    """Have freed memory kept for the next step instead of given back to the kernel.

    A training step frees and takes hundreds of megabytes; as fresh pages they cost a quarter of AlexNet's
    processor time. Must run before threads are started. Does nothing where the C library is not glibc.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)  # large blocks fit into the main arena alone
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, -1)
