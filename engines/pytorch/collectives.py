"""The process group: meeting the other ranks, and agreeing with them."""

from __future__ import annotations

import os
import socket
import time
from datetime import timedelta
from typing import Any, List, Sequence

import torch
import torch.distributed as dist

from engines.common.devices.ranks import RankEnvironment
from engines.common.errors import EngineError
from engines.common.stop_flag import StopFlag

CONNECT_TIMEOUT = 600.0
"""Seconds to wait for every rank to come up; the first start on a cold disk is slow."""

COLLECTIVE_TIMEOUT = timedelta(minutes=30)
"""A rank that has gone breaks the connection at once; this bounds the wait for one that hangs."""


class ProcessGroup:
    """The ranks of a run. With one rank nothing is sent.

    Gradients travel by the device's own collectives; what is agreed on beside them goes over the host, so
    that no device has to be waited for.
    """

    def __init__(self, ranks: RankEnvironment) -> None:
        self.rank = ranks.rank
        self.size = ranks.world_size
        self._control: Any = None

    def connect(self, collectives: str, stop: StopFlag) -> bool:
        """Meet the other ranks; ``False`` when a stop was asked for before all were there.

        Raises :class:`EngineError` naming a rank that did not come up.
        """
        if self.size == 1:
            return True
        store = self._open_store(stop)
        if store is None or not self._wait_for_all(store, stop):
            return False
        dist.init_process_group(
            collectives, store=store, rank=self.rank, world_size=self.size, timeout=COLLECTIVE_TIMEOUT
        )
        self._control = (
            dist.group.WORLD
            if collectives == "gloo"
            else dist.new_group(backend="gloo", timeout=COLLECTIVE_TIMEOUT)
        )
        return True

    def sums(self, values: Sequence[float]) -> List[float]:
        """Each of ``values`` summed over the ranks."""
        if self.size == 1:
            return list(values)
        total = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(total, group=self._control)
        return total.tolist()

    def broadcast(self, value: Any) -> Any:
        """Rank 0's ``value``, on every rank."""
        if self.size == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, src=0, group=self._control)
        return box[0]

    def average(self, tensors: Sequence[torch.Tensor]) -> None:
        """Replace each of ``tensors`` by its mean over the ranks."""
        if self.size > 1:
            for tensor in tensors:
                dist.all_reduce(tensor)
                tensor.div_(self.size)

    def leave(self) -> None:
        """Wait until every rank is done, so that none closes a connection that another still uses."""
        if self.size > 1:
            dist.barrier(group=self._control)

    def _open_store(self, stop: StopFlag) -> Any:
        """The key-value store that rank 0 serves; ``None`` when a stop was asked for."""
        address, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
        deadline = time.monotonic() + CONNECT_TIMEOUT
        while self.rank > 0 and not _is_listening(address, port):
            if time.monotonic() > deadline:
                raise EngineError("Rank 0 did not come up at {}:{}.".format(address, port))
            if stop.wait(0.1):
                return None
        try:
            return dist.TCPStore(  # type: ignore[attr-defined]
                address, port, self.size, self.rank == 0, timeout=COLLECTIVE_TIMEOUT, wait_for_workers=False
            )
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
            raise EngineError(
                "Rank {} cannot use {}:{}: {}".format(self.rank, address, port, reason)
            ) from None

    def _wait_for_all(self, store: Any, stop: StopFlag) -> bool:
        store.set("here/{}".format(self.rank), "1")
        deadline = time.monotonic() + CONNECT_TIMEOUT
        for rank in range(self.size):
            while not store.check(["here/{}".format(rank)]):
                if time.monotonic() > deadline:
                    raise EngineError("Rank {} did not come up.".format(rank))
                if stop.wait(0.1):
                    return False
        return True


def _is_listening(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=5.0):
            return True
    except OSError:
        return False
