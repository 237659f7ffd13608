"""Processors, memory and disk of this machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import psutil

from console.hosts.readings import HostUsage


class HostMeter:
    """Reads the host's load; the processor's share is that since the reading before."""

    def __init__(self, disk: Path) -> None:
        self._disk = disk
        self._before: tuple[float, float] | None = None

    def read(self) -> HostUsage:
        """The load now."""
        memory = psutil.virtual_memory()
        disk = disk_usage(self._disk)
        return HostUsage(
            cpu=self._cpu(),
            memory_used=memory.total - memory.available,
            memory_total=memory.total,
            disk_free=disk[0] if disk else None,
            disk_total=disk[1] if disk else None,
        )

    def _cpu(self) -> float | None:
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        # Guest time is contained in user and nice time already.
        total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        before, self._before = self._before, (idle, total)
        if before is None or total <= before[1]:
            return None
        busy = 1 - (idle - before[0]) / (total - before[1])
        return min(max(100 * busy, 0.0), 100.0)


def disk_usage(path: Path) -> tuple[int, int] | None:
    """Free bytes for an ordinary user, and all bytes, of the disk that holds ``path`` or would hold it."""
    try:
        usage = shutil.disk_usage(nearest_existing(path))
    except OSError:
        return None
    return usage.free, usage.total


def nearest_existing(path: Path) -> Path:
    """``path`` itself or the closest folder above it that exists, as far as this user may see."""
    return next(
        (one for one in (path, *path.parents) if os.access(one, os.F_OK, effective_ids=True)), Path("/")
    )


def usable_cpu_ids() -> tuple[int, ...]:
    """The processors this process may run on, in order."""
    return tuple(sorted(os.sched_getaffinity(0)))


def memory_total() -> int:
    """Bytes of memory, or of the control group's limit where that is lower."""
    total = int(psutil.virtual_memory().total)
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            total = min(total, int(Path(file).read_text()))
        except (OSError, ValueError):
            continue
    return total
