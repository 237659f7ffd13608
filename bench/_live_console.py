"""The console as it is, opened on one run, with a probe that writes down how late the event loop is.

The probe ends when its file is taken away.

``python -m bench._live_console RUN_FOLDER LAG_FILE``.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from console.runs.folder import RunFolder
from console.tui.app import ConsoleApp

PROBE_PERIOD = 0.05


class ProbedConsole(ConsoleApp):
    """Opens the run at once and measures the loop's lag."""

    def __init__(self, folder: RunFolder, lag_file: Path) -> None:
        super().__init__()
        self._folder = folder
        self._lag_file = lag_file
        self._probe: asyncio.Task[None] | None = None

    def on_mount(self) -> None:
        """Start the probe beside the app's own work."""
        self.open_run(self._folder)
        self._probe = asyncio.create_task(self._measure())

    async def _measure(self) -> None:
        with self._lag_file.open("w", buffering=1) as file:
            while self._lag_file.exists():
                asked = time.monotonic() + PROBE_PERIOD
                await asyncio.sleep(PROBE_PERIOD)
                file.write(f"{time.monotonic():.4f} {(time.monotonic() - asked) * 1000:.3f}\n")


if __name__ == "__main__":
    ProbedConsole(RunFolder(Path(sys.argv[1])), Path(sys.argv[2])).run()
