"""The Textual app: it composes the session and the screens, and leads from one screen to another."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.text import Text
from textual import on
from textual.app import App
from textual.binding import BindingType
from textual.screen import Screen

from console.errors import user_error
from console.i18n import Language, current_language, set_language, t
from console.i18n.tables import LANGUAGE_VARIABLE
from console.settings import Settings
from console.tui.actions import Scope, bindings
from console.tui.clock import PERIOD, Clock
from console.tui.navigation import FillLaunchForm, OpenRun
from console.tui.session import Session
from console.tui.theme import DARK, LIGHT, THEMES

if TYPE_CHECKING:
    from console.runs.folder import RunFolder
    from console.tui.launch.screen import LaunchScreen


class ConsoleApp(App[None]):
    """The console. ``clock`` and ``settings`` may be given by tests."""

    TITLE = "ascend-console"
    CSS_PATH = Path(__file__).with_name("console.tcss")
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.APP)]
    DEFAULT_MODE = "launch"

    def __init__(self, clock: Clock | None = None, settings: Settings | None = None) -> None:
        super().__init__()
        self.session = Session(self, clock, settings)
        for mode, screen in self.mode_screens().items():
            self.add_mode(mode, screen)
        for theme in THEMES:
            self.register_theme(theme)
        saved = self.session.settings
        self.theme = saved.theme if saved.theme in self.available_themes else DARK.name
        if saved.language is not None and LANGUAGE_VARIABLE not in os.environ:
            set_language(saved.language)

    def mode_screens(self) -> dict[str, Callable[[], Screen[Any]]]:
        """The screens that are tabs, each made when it is first shown."""
        return {"launch": self._launch_screen, "runs": self._runs_screen}

    def _launch_screen(self) -> Screen[None]:
        from console.tui.launch.screen import LaunchScreen

        return LaunchScreen(self.session)

    def _runs_screen(self) -> Screen[None]:
        from console.tui.runs.screen import RunsScreen

        return RunsScreen(self.session)

    def on_mount(self) -> None:
        """Start the session's beat, which looks at host and runs once the first frame is drawn."""
        self.set_interval(PERIOD, self.session.beat)
        self.set_timer(PERIOD, gc.enable)  # The command's entry switches it off for the start.

    def open_run(self, folder: RunFolder) -> None:
        """Watch a run."""
        from console.tui.monitor.screen import MonitorScreen

        self.push_screen(MonitorScreen(self.session, folder))
        self.session.runs.look()

    @on(OpenRun)
    def _open_run(self, event: OpenRun) -> None:
        self.open_run(event.folder)

    @on(FillLaunchForm)
    async def _fill_launch_form(self, event: FillLaunchForm) -> None:
        await self._show("launch")
        cast("LaunchScreen", self.screen).take(event.choices)

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
        self.session.remember(language=other)

    def action_switch_theme(self) -> None:
        """Go from dark to light or back, and remember it."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name
        self.session.remember(theme=self.theme)

    def action_switch_notifications(self) -> None:
        """Switch bell and desktop messages on or off, and remember it."""
        on = not self.session.settings.notifications
        self.session.remember(notifications=on)
        self.notify(t("app.notifications_on" if on else "app.notifications_off"), markup=False)

    async def action_quit(self) -> None:
        """Leave; runs go on, and the terminal says how many."""
        live = self.session.runs.live()
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
