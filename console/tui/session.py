"""The session that every screen is given: clock, settings, notifier, and what is known of host and runs."""

from __future__ import annotations

import dataclasses
from typing import Any

from textual.app import App

from console.errors import UserError
from console.settings import Settings, load_settings, save_settings
from console.tui.clock import Clock
from console.tui.host_load import HostWatch
from console.tui.notifier import Notifier
from console.tui.run_list import RunList
from console.tui.run_starter import RunStarter

HOST_BEATS = 5
"""Beats of the clock between two readings of the host's load."""

RUNS_BEATS = 3
"""Beats of the clock between two looks at the run folders."""


class Session:
    """One operator's time at the console. ``app`` lends its event loop, threads and notices.

    ``settings`` are the saved ones unless others are given.
    """

    def __init__(self, app: App[Any], clock: Clock | None = None, settings: Settings | None = None) -> None:
        self.clock = clock or Clock()
        self.settings = load_settings() if settings is None else settings
        self.notifier = Notifier(app, lambda: self.settings.notifications)
        self.host = HostWatch(app, self.notifier)
        self.runs = RunList(app, self.notifier)
        self.starter = RunStarter(app, self.notifier)
        self._beats = 0

    def beat(self) -> None:
        """A second has passed: move the clock, and look at host and runs when it is their turn."""
        self._beats += 1
        self.clock.beat()
        if self._beats <= 2 or self._beats % HOST_BEATS == 0:  # The processor's share needs two readings.
            self.host.look()
        if self._beats == 1 or self._beats % RUNS_BEATS == 0:
            self.runs.look(adopt=self._beats == 1, asked=False)

    def remember(self, **changes: Any) -> None:
        """Change settings and save them; a home that cannot be written costs a notice, nothing else."""
        self.settings = dataclasses.replace(self.settings, **changes)
        try:
            save_settings(self.settings)
        except UserError as error:
            self.notifier.report(error)
