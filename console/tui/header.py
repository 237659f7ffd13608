"""The top line of a screen: the program, the tabs, and how the host is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from console.i18n import t
from console.tui.actions import Scope, find_action
from console.tui.host_load import HostLoad, load_words
from console.tui.session import Session

if TYPE_CHECKING:
    from console.runs.state import RunSummary

TABS = {"show_launch": Scope.LAUNCH, "show_runs": Scope.RUNS}
"""The actions that are tabs, and the screens they lead to."""

_SEPARATOR = " · "


class Header(Widget):
    """One line. ``load`` is the newest reading of the host, ``live_runs`` how many runs are going on."""

    DEFAULT_CSS = """
    Header {
        dock: top;
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $foreground;
        link-style: none;
        link-color: $foreground;
        link-background: $panel;
        link-style-hover: none;
        link-background-hover: $primary 30%;
        link-color-hover: $foreground;
    }
    """

    load: reactive[HostLoad | None] = reactive(None)
    live_runs: reactive[int] = reactive(0)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def on_mount(self) -> None:
        """Follow what is known of host and runs."""
        host, runs = self._session.host, self._session.runs
        self._subscriptions = (host.listen(self._show_load), runs.listen(self._count_live_runs))
        self.catch_up()

    def on_unmount(self) -> None:
        """Follow no longer."""
        for leave in self._subscriptions:
            leave()

    def catch_up(self) -> None:
        """Show what has changed while the screen was out of sight."""
        self._show_load(self._session.host.value)
        self._count_live_runs(self._session.runs.value)

    def _show_load(self, load: HostLoad | None) -> None:
        if self._in_sight:
            self.load = load

    def _count_live_runs(self, runs: tuple[RunSummary, ...] | None) -> None:
        if self._in_sight:
            self.live_runs = sum(not run.phase.final for run in runs or ())

    @property
    def _in_sight(self) -> bool:
        """True when the screen is the current one, or the one that a dialog stands on."""
        full = (screen for screen in reversed(self.app.screen_stack) if not screen.is_modal)
        return next(full, None) is self.screen

    def render(self) -> Content:
        """Program and tabs on the left, as much of the host as fits on the right."""
        left = Content("  ").join([Content.styled(t("app.name"), "bold $primary"), *self._tabs()])
        right = self._host(self.content_size.width - left.cell_length - 2)
        gap = self.content_size.width - left.cell_length - right.cell_length
        return Content.assemble(left, " " * max(1, gap), right)

    def _tabs(self) -> list[Content]:
        tabs = []
        for name, scope in TABS.items():
            action = find_action(Scope.APP, name)
            current = getattr(self.screen, "SCOPE", None) is scope
            text = f" {action.key_text} {scope.heading} "
            tab = Content.styled(text, "bold $background on $primary" if current else "$foreground")
            if scope is Scope.RUNS and self.live_runs:
                tab += Content.styled(f" ● {self.live_runs}", "$success")
            tabs.append(tab if current else tab.stylize(Style.from_meta({"@click": action.command})))
        return tabs

    def _host(self, room: int) -> Content:
        if self.load is None:
            return Content("")
        parts = load_words(self.load)
        while parts and Content(_SEPARATOR.join(parts)).cell_length > room:
            parts.pop()
        return Content.styled(_SEPARATOR.join(parts), "$muted")
