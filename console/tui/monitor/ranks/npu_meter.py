"""The NPUs' own readings, asked for one call at a time in a thread of its own: ``npu-smi`` takes seconds."""

from __future__ import annotations

import threading
import time

from console.hosts.npu_smi import ask_npu_smi, find_npu_smi
from console.launch.machine.observe import physical_id
from console.tui.monitor.snapshot import NpuReading

SHORTEST_PERIOD = 2.0
REST_SHARE = 3.0
"""The tool rests this many times as long as its last call took."""


class NpuMeter:
    """Keeps :attr:`reading` up to date while it is started; does nothing on a host without the tool."""

    def __init__(self) -> None:
        self.reading = NpuReading()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to ask."""
        if self._thread is None and find_npu_smi() is not None:
            self._thread = threading.Thread(target=self._run, name="npu-smi", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Ask no more; a call under way is left to end by itself."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            begun = time.monotonic()
            answer = ask_npu_smi()
            if answer.report is not None:
                chips = {physical_id(chip): chip for chip in answer.report.chips}
                self.reading = NpuReading(chips, time.time())
            else:
                self.reading = NpuReading(self.reading.chips, self.reading.time, answer.problem)
            self._ended.wait(max(SHORTEST_PERIOD, REST_SHARE * (time.monotonic() - begun)))
