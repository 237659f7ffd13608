"""The other ranks of a run on CPU: waiting for them at the start, and noticing when one is gone."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from typing import Callable, Optional, Sequence

from engines.common.errors import EngineError
from engines.common.stop_flag import StopFlag

CONNECT_TIMEOUT = 600.0
"""Seconds to wait for every rank to come up; the first start on a cold disk is slow."""

PROBE_PERIOD = 2.0
GRACE = 10.0
"""Seconds between noticing that a rank is gone and giving up, in which the framework may report it itself."""


def is_listening(address: str) -> bool:
    """Whether something accepts connections at ``host:port``."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=5.0):
            return True
    except OSError:
        return False


def wait_for_peers(peers: Sequence[str], stop: StopFlag) -> bool:
    """Wait until every rank listens; ``False`` when a stop was asked for meanwhile.

    Raises :class:`EngineError` naming the ranks that did not come up.
    """
    deadline = time.monotonic() + CONNECT_TIMEOUT
    missing = list(range(len(peers)))
    while True:
        missing = [rank for rank in missing if not is_listening(peers[rank])]
        if not missing:
            return True
        if time.monotonic() > deadline:
            raise EngineError("Rank {} did not come up at {}.".format(missing[0], peers[missing[0]]))
        if stop.wait(0.1):
            return False


class PeerWatch:
    """Ends this process when another rank has gone while a collective still waits for it.

    TensorFlow reports most broken connections as an error of the step; a rank that vanishes between two
    collectives can leave the next one waiting for ever. ``on_loss`` says how to end: it is called in
    the watching thread, with the main thread still inside the framework, and returns the exit code.
    """

    def __init__(self, rank: int, peers: Sequence[str], on_loss: Callable[[int], int]) -> None:
        self._others = [(other, peers[other]) for other in range(len(peers)) if other != rank]
        self._on_loss = on_loss
        self._done = threading.Event()

    def start(self) -> None:
        """Begin to watch, once every rank has been seen."""
        threading.Thread(target=self._watch, name="peer-watch", daemon=True).start()

    def part(self, last_collective: Callable[[], None]) -> None:
        """Part from the other ranks, and stop watching: no collective follows.

        A rank that leaves right after its last collective can take what another still waits for with it.
        So there is one more, of which only the beginning matters: who is through it, or sees another
        leave, knows that all have finished the one before. ``last_collective`` runs in a thread of its own
        and returns when it is through or another rank has left already.
        """
        parted = threading.Event()

        def run() -> None:
            last_collective()
            parted.set()

        threading.Thread(target=run, name="farewell", daemon=True).start()
        while not parted.wait(0.2) and self.lost_peer() is None:
            pass
        self._done.set()

    def lost_peer(self) -> Optional[int]:
        """A rank that no longer listens, or ``None``."""
        return next((other for other, address in self._others if not is_listening(address)), None)

    def _watch(self) -> None:
        while not self._done.wait(PROBE_PERIOD):
            lost = self.lost_peer()
            if lost is not None and not self._done.wait(GRACE):
                code = self._on_loss(lost)
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
