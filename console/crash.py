"""Defects of the console itself: the traceback goes to a file, and the user is told where."""

from __future__ import annotations

import os
import time
import traceback
from pathlib import Path

from console.locations import home


def record_crash(error: BaseException) -> Path | None:
    """Append the traceback of ``error`` to ``crash.log`` in the console's home.

    Returns the file's path, or ``None`` when it could not be written.
    """
    path = home() / "crash.log"
    head = f"--- {time.strftime('%Y-%m-%d %H:%M:%S')} pid {os.getpid()}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            log.write(head + "".join(traceback.format_exception(error)))
    except OSError:
        return None
    return path
