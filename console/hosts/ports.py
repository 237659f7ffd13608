"""The network ports by which the ranks of one machine find each other."""

from __future__ import annotations

LOOPBACK = "127.0.0.1"

RENDEZVOUS_PORTS = range(20_000, 32_000)
"""Below the range from which systems hand out ports of their own, so that a free one tends to stay free."""

HCCL_BASE_PORT = 60_000
HCCL_PORT_COUNT = 32
HCCL_BASE_PORTS: tuple[int, ...] = (HCCL_BASE_PORT, *range(56_000, 60_000, HCCL_PORT_COUNT))
"""Where HCCL listens by default, and where else it may be told to (``HCCL_IF_BASE_PORT``, 1024..65520)."""
