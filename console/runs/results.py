"""``result.json``: what the engine says of the end of its work."""

from __future__ import annotations

from console.runs.folder import RunFolder

CLOCK_TOLERANCE = 2.0
"""Seconds by which the file's time may lie before the start: file systems keep coarse times."""


def result_status(folder: RunFolder, since: float) -> str | None:
    """``finished`` or ``stopped`` as the engine wrote it after ``since`` (Unix seconds), else ``None``."""
    try:
        written = folder.result_path.stat().st_mtime
    except OSError:
        return None
    status = (folder.result() or {}).get("status")
    return status if isinstance(status, str) and written >= since - CLOCK_TOLERANCE else None
