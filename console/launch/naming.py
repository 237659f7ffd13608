"""Names of runs, which are the names of their folders."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime
from itertools import count


def run_name(
    wanted: str | None, profile: str, devices: int, now: datetime | None, existing: Container[str]
) -> str:
    """``wanted`` or ``<profile>-<devices>p-<MMDD>-<HHMM>``, with a number after it where that is taken."""
    time = now.strftime("-%m%d-%H%M") if now else ""
    base = wanted or f"{profile}-{devices}p{time}"
    if base not in existing:
        return base
    return next(name for name in (f"{base}-{number}" for number in count(2)) if name not in existing)


def job_id(name: str) -> str:
    """The run's name as a ``JOB_ID``, which may not be digits alone with a zero in front."""
    return f"run-{name}" if name.isdigit() else name
