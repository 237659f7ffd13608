"""Which network ports of this machine are free."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from itertools import islice
from random import Random

from console.hosts.ports import HCCL_BASE_PORTS, HCCL_PORT_COUNT, LOOPBACK, RENDEZVOUS_PORTS


def is_free(port: int, address: str = LOOPBACK) -> bool:
    """True when nobody listens on the port of that address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def free_ports(count: int, wanted: Iterable[int] = (), random: Random | None = None) -> tuple[int, ...]:
    """Up to ``count`` free ports: those ``wanted`` that still are, then others from a random start on."""
    candidates = dict.fromkeys([*wanted, *_from_random_start(random or Random())])
    return tuple(islice((port for port in candidates if is_free(port)), count))


def free_hccl_base_port() -> int | None:
    """The first of :data:`HCCL_BASE_PORTS` from which 32 ports in a row are free; ``None`` when none is."""
    for base in HCCL_BASE_PORTS:
        if all(is_free(port, "0.0.0.0") for port in range(base, base + HCCL_PORT_COUNT)):
            return base
    return None


def _from_random_start(random: Random) -> Iterator[int]:
    start = random.randrange(len(RENDEZVOUS_PORTS))
    for offset in range(len(RENDEZVOUS_PORTS)):
        yield RENDEZVOUS_PORTS[(start + offset) % len(RENDEZVOUS_PORTS)]
