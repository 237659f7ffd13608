"""Noticing cheaply that something about the runs has changed, so that hundreds of past ones cost nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.runs.state import RunSummary

FULL_LOOK = 20
"""Looks after which everything is read whatever has changed: a console elsewhere may have edited a note."""


class RunWatch:
    """Remembers when the runs folder was changed; live runs are always worth a look."""

    def __init__(self, runs_dir: Path) -> None:
        self._runs_dir = runs_dir
        self._seen = -1
        self._looks = 0

    def changed(self, runs: Sequence[RunSummary]) -> bool:
        """True when a run came or went, while one is live, and at every :data:`FULL_LOOK`-th call."""
        now = _modified(self._runs_dir)
        before, self._seen = self._seen, now
        self._looks += 1
        live = any(not run.phase.final for run in runs)
        return live or now != before or self._looks % FULL_LOOK == 0


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
