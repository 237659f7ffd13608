"""The Textual app: it owns the clock, the settings, and what is known of host and runs."""

from __future__ import annotations

import dataclasses
import gc
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.text import Text
from textual import work
from textual.binding import BindingType
from textual.reactive import var
from textual.screen import Screen

from console.errors import user_error
from console.i18n import Language, current_language, set_language, t
from console.i18n.tables import LANGUAGE_VARIABLE
from console.locations import runs_dir
from console.settings import Settings
from console.tui.actions import Scope, bindings
from console.tui.announcements import news_of
from console.tui.clock import PERIOD, Clock
from console.tui.host_load import HostLoad
from console.tui.run_watch import RunWatch
from console.tui.telling import TellingApp
from console.tui.theme import DARK, LIGHT, THEMES

if TYPE_CHECKING:
    from console.hosts.machine import HostMeter
    from console.launch.plan import Choices, Host, LaunchPlan
    from console.runs.folder import RunFolder
    from console.runs.state import RunSummary
    from console.tui.launch.screen import LaunchScreen

HOST_BEATS = 5
"""Beats of the clock between two readings of the host's load."""

RUNS_BEATS = 3
"""Beats of the clock between two looks at the run folders."""


def _launch_screen() -> Screen[None]:
    from console.tui.launch.screen import LaunchScreen

    return LaunchScreen()


def _runs_screen() -> Screen[None]:
    from console.tui.runs.screen import RunsScreen

    return RunsScreen()


class ConsoleApp(TellingApp):
    """The console. ``clock`` and ``settings`` may be given by tests.

    ``host_load`` is the newest reading of this host, ``runs`` every run known, newest first; screens watch
    both. They are ``None`` until there has been a first look.
    """

    TITLE = "ascend-console"
    CSS_PATH = Path(__file__).with_name("console.tcss")
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.APP)]
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "launch": _launch_screen,
        "runs": _runs_screen,
    }
    DEFAULT_MODE = "launch"

    host_load: var[HostLoad | None] = var(None)
    runs: var[tuple[RunSummary, ...] | None] = var(None)
    starting: var[bool] = var(False)
    """True while a launch is under way."""

    def __init__(self, clock: Clock | None = None, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self.clock = clock or Clock()
        self.host: Host | None = None
        self._meter: HostMeter | None = None
        self._watch_runs = RunWatch(runs_dir())
        self._runs_problem = ""
        self._metering = self._looking = self._look_asked = False
        self._beats = 0
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self.settings.theme if self.settings.theme in self.available_themes else DARK.name
        if self.settings.language is not None and LANGUAGE_VARIABLE not in os.environ:
            set_language(self.settings.language)

    def on_mount(self) -> None:
        """Start the one timer; the first beats look at host and runs, once the first frame is drawn."""
        self.set_interval(PERIOD, self._beat)

    def _beat(self) -> None:
        self._beats += 1
        if self._beats == 1:
            gc.enable()
        self.clock.beat()
        if self._beats <= 2 or self._beats % HOST_BEATS == 0:  # The processor's share needs two readings.
            self.look_at_host()
        if self._beats == 1 or self._beats % RUNS_BEATS == 0:
            self.look_at_runs(adopt=self._beats == 1, asked=False)

    def look_at_host(self) -> None:
        """Read the host's load off the event loop, unless an earlier reading still hangs."""
        if not self._metering:
            self._metering = True
            self._meter_in_thread()

    @work(thread=True, group="host")
    def _meter_in_thread(self) -> None:
        from console.hosts.machine import HostMeter

        self._meter = self._meter or HostMeter(runs_dir())
        try:
            load = HostLoad(platform.node(), self._meter.read(), self.host)
        except Exception as error:
            self.call_later(self.report, error)  # Once: it is not tried again.
        else:
            self.call_later(self._take_load, load)

    def _take_load(self, load: HostLoad) -> None:
        self._metering = False
        self.host_load = load

    def take_host(self, host: Host) -> None:
        """Keep what was observed of the host, and show its devices in the header."""
        self.host = host
        if self.host_load is not None:
            self.host_load = dataclasses.replace(self.host_load, host=host)

    def look_at_runs(self, *, adopt: bool = False, asked: bool = True) -> None:
        """Read the run folders off the event loop; not ``asked`` for, only if something may have changed.

        With ``adopt``, runs that lost their supervisor get a new one first. While an earlier look goes on,
        the next one waits for its end.
        """
        self._look_asked |= asked
        if not self._looking:
            self._looking = True
            asked, self._look_asked = self._look_asked, False
            self._look_in_thread(adopt, asked)

    @work(thread=True, group="runs")
    def _look_in_thread(self, adopt: bool, asked: bool) -> None:
        from console.runs.adoption import adopt_orphans
        from console.runs.history import list_runs

        found, problem = self.runs, ""
        try:
            if adopt:
                adopt_orphans()
            if adopt or asked or self._watch_runs.changed(self.runs or ()):
                found = tuple(list_runs())
        except Exception as error:
            problem = str(error)
            if problem != self._runs_problem:
                self.call_later(self.report, error)
        self._runs_problem = problem
        self.call_later(self._take_runs, found)

    def _take_runs(self, found: tuple[RunSummary, ...] | None) -> None:
        self._looking = False
        before, self.runs = self.runs, found
        for news in news_of(before or (), found or ()):
            self.tell_news(news)
        if self._look_asked:
            self.look_at_runs()

    def start_run(self, plan: LaunchPlan) -> None:
        """Start the plan off the event loop; then watch the run, or say why there is none."""
        if self.starting:
            return
        self.starting = True
        if plan.prepare_dataset:
            words = t("app.preparing_dataset", dataset=plan.prepare_dataset, folder=plan.data_dir)
            self.notify(words, markup=False)
        self._start_in_thread(plan)

    @work(thread=True, group="start")
    def _start_in_thread(self, plan: LaunchPlan) -> None:
        from console.runs.launcher import start

        try:
            folder = start(plan)
        except Exception as error:
            self.call_later(self.report, error)
        else:
            self.call_later(self.open_run, folder)
        self.call_later(setattr, self, "starting", False)

    def open_run(self, folder: RunFolder) -> None:
        """Watch a run."""
        from console.tui.monitor import MonitorScreen

        self.push_screen(MonitorScreen(folder))
        self.look_at_runs()

    async def prefill(self, choices: Choices) -> None:
        """Go to the launch screen with these choices in its form."""
        await self._show("launch")
        cast("LaunchScreen", self.screen).take(choices)

    def live_runs(self) -> tuple[RunSummary, ...]:
        """The runs that have not ended."""
        return tuple(run for run in self.runs or () if not run.phase.final)

    def _fatal_error(self) -> None:
        """End with one sentence; the traceback goes to the crash log and not over the operator's terminal."""
        from console.crash import record_crash

        path = record_crash(self._exception) if self._exception else None
        self.panic(Text(t("app.crashed", error=repr(self._exception), path=path or t("app.nowhere"))))

    async def action_show_launch(self) -> None:
        """Go to the launch screen."""
        await self._show("launch")

    async def action_show_runs(self) -> None:
        """Go to the runs screen."""
        await self._show("runs")

    async def _show(self, mode: str) -> None:
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        await self.switch_mode(mode)

    def action_command_palette(self) -> None:
        """Open the list of everything that can be done here."""
        from console.tui.dialogs.palette import open_palette

        open_palette(self)

    def action_help(self) -> None:
        """Open the help screen."""
        from console.tui.dialogs.help import HelpScreen

        self.push_screen(HelpScreen(getattr(self.screen, "SCOPE", Scope.APP)))

    def action_help_quit(self) -> None:
        """Say how to leave, to who pressed ^c."""
        self.notify(t("app.how_to_quit"), markup=False)

    def action_switch_language(self) -> None:
        """Go to the other language and remember it."""
        other = Language.ENGLISH if current_language() is Language.CHINESE else Language.CHINESE
        set_language(other)
        for screen in self.screen_stack:
            relabel = getattr(screen, "relabel_all", None)
            if relabel is not None:
                relabel()
        self.remember(language=other)

    def action_switch_theme(self) -> None:
        """Go from dark to light or back, and remember it."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name
        self.remember(theme=self.theme)

    async def action_quit(self) -> None:
        """Leave; runs go on, and the terminal says how many."""
        live = self.live_runs()
        names = ", ".join(run.run_id for run in live)
        self.exit(message=Text(t("app.runs_go_on", count=len(live), names=names)) if live else None)


def run_app() -> int:
    """Run the console in this terminal and return its exit code.

    Raises :class:`~console.errors.UserError` when there is no terminal to draw on.
    """
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise user_error("app.no_terminal")
    app = ConsoleApp()
    app.run()
    return app.return_code or 0
