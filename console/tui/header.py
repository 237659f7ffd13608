"""The top line of a screen: the program, the tabs, and how the host is doing."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from console.i18n import t
from console.tui.actions import ACTIONS, Scope
from console.tui.host_load import HostLoad, load_parts

TABS = {"app.show_launch": Scope.LAUNCH, "app.show_runs": Scope.RUNS}
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

    def render(self) -> Content:
        """Program and tabs on the left, as much of the host as fits on the right."""
        left = Content("  ").join([Content.styled(t("app.name"), "bold $primary"), *self._tabs()])
        right = self._host(self.content_size.width - left.cell_length - 2)
        gap = self.content_size.width - left.cell_length - right.cell_length
        return Content.assemble(left, " " * max(1, gap), right)

    def _tabs(self) -> list[Content]:
        tabs = []
        for action in ACTIONS:
            scope = TABS.get(action.id)
            if scope is None:
                continue
            current = getattr(self.screen, "SCOPE", None) is scope
            text = f" {action.keys[-1]} {scope.title} "
            tab = Content.styled(text, "bold reverse $primary" if current else "$foreground")
            if scope is Scope.RUNS and self.live_runs:
                tab += Content.styled(f"● {self.live_runs}", "$success")
            tabs.append(tab.stylize(Style.from_meta({"@click": action.command})))
        return tabs

    def _host(self, room: int) -> Content:
        if self.load is None:
            return Content("")
        parts = load_parts(self.load)
        while parts and Content(_SEPARATOR.join(parts)).cell_length > room:
            parts.pop()
        return Content.styled(_SEPARATOR.join(parts), "$muted")
