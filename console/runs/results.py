"""``result.json``: the engine's account of how its work ended."""

from __future__ import annotations

from typing import Any

from console.runs.folder import RunFolder
from console.runs.state import CauseKind

FINISHED, STOPPED = "finished", "stopped"
"""The values of ``status``."""

CLOCK_TOLERANCE = 2.0
"""Seconds by which the file's time may lie before the start: file systems keep coarse times."""


def result_status(folder: RunFolder, since: float) -> str | None:
    """``finished`` or ``stopped`` as the engine wrote it after ``since`` (Unix seconds), else ``None``."""
    status = _written(folder, since).get("status")
    return status if isinstance(status, str) else None


def stop_cause(folder: RunFolder, since: float) -> CauseKind:
    """The kind of cause of a stopped run: an overflow where the engine wrote so after ``since``, or a request."""
    on_overflow = _written(folder, since).get("reason") == "overflow"
    return CauseKind.STOPPED_ON_OVERFLOW if on_overflow else CauseKind.STOPPED_BY_REQUEST


def _written(folder: RunFolder, since: float) -> dict[str, Any]:
    """The result, empty where there is none of after ``since``."""
    try:
        written = folder.result_path.stat().st_mtime
    except OSError:
        return {}
    return folder.result() or {} if written >= since - CLOCK_TOLERANCE else {}
