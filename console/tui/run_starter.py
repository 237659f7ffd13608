"""The start of a run from a plan, off the event loop."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App

from console.i18n import t
from console.tui.navigation import OpenRun
from console.tui.notifier import Notifier
from console.tui.observable import Observable

if TYPE_CHECKING:
    from console.launch.plan import LaunchPlan


class RunStarter:
    """Starts one run at a time; ``busy`` is true while a start is under way."""

    def __init__(self, app: App[Any], notifier: Notifier) -> None:
        self._app = app
        self._notifier = notifier
        self.busy = Observable(False)

    def start(self, plan: LaunchPlan) -> None:
        """Start the plan, then have the app open the run, or report why there is none."""
        if self.busy.value:
            return
        self.busy.value = True
        if plan.prepare_dataset:
            words = t("app.preparing_dataset", dataset=plan.prepare_dataset, folder=plan.data_dir)
            self._app.notify(words, markup=False)
        self._app.run_worker(partial(self._start, plan), thread=True, group="start")

    def _start(self, plan: LaunchPlan) -> None:
        from console.runs.launcher import start

        try:
            folder = start(plan)
        except Exception as error:
            self._app.call_later(self._notifier.report, error)
        else:
            self._app.post_message(OpenRun(folder))
        self._app.call_later(setattr, self.busy, "value", False)
