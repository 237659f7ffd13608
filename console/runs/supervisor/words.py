"""The supervisor's own words, on its standard error, which is ``supervisor.log``."""

from __future__ import annotations

import contextlib
import os
import time


def say(text: str) -> None:
    """Write one line with the time before it. A full disk must not end the
    supervisor, so it is no error here."""
    line = f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n"
    with contextlib.suppress(OSError):
        os.write(2, line.encode("utf-8", "replace"))
