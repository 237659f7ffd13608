"""How the C library hands out memory to the framework."""

from __future__ import annotations

import ctypes

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
