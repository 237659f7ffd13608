"""The runs of this home, looked at again and again, cheaply: hundreds of past ones cost nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App

from console.locations import runs_dir
from console.tui.notifier import Notifier, news_of
from console.tui.observable import Observable

if TYPE_CHECKING:
    from console.runs.state import RunSummary

FULL_LOOK = 20
"""Looks after which everything is read whatever has changed: a console elsewhere may have edited a note."""


class RunList(Observable["tuple[RunSummary, ...] | None"]):
    """Every run known, newest first; ``None`` until there has been a first look."""

    def __init__(self, app: App[Any], notifier: Notifier) -> None:
        super().__init__(None)
        self._app = app
        self._notifier = notifier
        self._changes = FolderChanges(runs_dir())
        self._problem = ""
        self._looking = self._look_asked = False

    def live(self) -> tuple[RunSummary, ...]:
        """The runs that have not ended."""
        return tuple(run for run in self.value or () if not run.phase.final)

    def look(self, *, adopt: bool = False, asked: bool = True) -> None:
        """Read the run folders off the event loop; not ``asked`` for, only if something may have changed.

        With ``adopt``, runs that lost their supervisor get a new one first. While an earlier look goes on,
        the next one waits for its end.
        """
        self._look_asked |= asked
        if not self._looking:
            self._looking = True
            asked, self._look_asked = self._look_asked, False
            self._app.run_worker(partial(self._read, adopt, asked), thread=True, group="runs")

    def _read(self, adopt: bool, asked: bool) -> None:
        from console.runs.adoption import adopt_orphans
        from console.runs.history import list_runs

        found, problem = self.value, ""
        try:
            if adopt:
                adopt_orphans()
            if adopt or asked or self._changes.likely(self.value or ()):
                found = tuple(list_runs())
        except Exception as error:
            problem = str(error)
            if problem != self._problem:
                self._app.call_later(self._notifier.report, error)
        self._problem = problem
        self._app.call_later(self._take, found)

    def _take(self, found: tuple[RunSummary, ...] | None) -> None:
        self._looking = False
        before, self.value = self.value, found
        for news in news_of(before or (), found or ()):
            self._notifier.tell(news)
        if self._look_asked:
            self.look()


class FolderChanges:
    """Remembers when the runs folder was changed; live runs are always worth a look."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = -1
        self._looks = 0

    def likely(self, runs: Sequence[RunSummary]) -> bool:
        """True when a run came or went, while one is live, and at every :data:`FULL_LOOK`-th call."""
        now = _modified(self._folder)
        before, self._seen = self._seen, now
        self._looks += 1
        live = any(not run.phase.final for run in runs)
        return live or now != before or self._looks % FULL_LOOK == 0


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
