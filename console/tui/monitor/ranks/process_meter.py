"""The cost of the ranks' processes to this host: CPU time and memory."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from typing import NamedTuple

import psutil

from console.runs.processes.table import is_alive
from console.runs.state import ProcessId, RankState


class ProcessUse(NamedTuple):
    """CPU as a fraction of one core since the last reading (``None``: the first), and resident bytes."""

    cpu: float | None
    rss: int


class _Spent(NamedTuple):
    process: ProcessId
    cpu_seconds: float
    at: float


class ProcessMeter:
    """Reads CPU and memory of live ranks; keeps what is needed for the CPU share between two readings."""

    def __init__(self) -> None:
        self._spent: dict[int, _Spent] = {}

    def read(self, ranks: Iterable[RankState]) -> dict[int, ProcessUse]:
        """By rank; those whose recorded process does not live on this host are left out."""
        found = {}
        for rank in ranks:
            if rank.process is not None and not rank.phase.final and is_alive(rank.process):
                with contextlib.suppress(psutil.Error):
                    found[rank.rank] = self._read_one(rank.rank, rank.process)
        return found

    def _read_one(self, rank: int, recorded: ProcessId) -> ProcessUse:
        process = psutil.Process(recorded.pid)
        with process.oneshot():
            times, rss = process.cpu_times(), int(process.memory_info().rss)
        now, seconds = time.monotonic(), times.user + times.system
        before = self._spent.get(rank)
        self._spent[rank] = _Spent(recorded, seconds, now)
        if before is None or before.process != recorded or now <= before.at:
            return ProcessUse(None, rss)
        return ProcessUse(max(seconds - before.cpu_seconds, 0.0) / (now - before.at), rss)
