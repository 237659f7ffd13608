"""The tabs of a narrow terminal: one pane of a screen at a time."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from console.i18n import t


class PaneTabs(Widget):
    """One line of pane names, on narrow terminals; ``titles`` maps names to message keys."""

    DEFAULT_CSS = """
    PaneTabs {
        display: none;
        height: 1;
        padding: 0 1;
        background: $surface;
        link-style: none;
        link-color: $foreground;
        link-background: $surface;
        link-style-hover: none;
        link-background-hover: $primary 30%;
        link-color-hover: $foreground;
    }
    """

    current: reactive[str] = reactive("", init=False)

    class Shown(Message):
        """The pane called ``name`` is to be shown."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, titles: Mapping[str, str], current: str) -> None:
        super().__init__()
        self._titles = titles
        self.set_reactive(PaneTabs.current, current)

    def watch_current(self) -> None:
        """Tell the screen."""
        self.post_message(self.Shown(self.current))

    def step(self, by: int) -> None:
        """Go to a neighbouring pane, round at the ends."""
        names = list(self._titles)
        self.action_show(names[(names.index(self.current) + by) % len(names)])

    def action_show(self, name: str) -> None:
        """Go to a pane."""
        self.current = name

    def render(self) -> Content:
        """The names, the current one marked."""
        tabs = []
        for name, key in self._titles.items():
            current = name == self.current
            tab = Content.styled(f" {t(key)} ", "bold $background on $primary" if current else "$muted")
            tabs.append(tab if current else tab.stylize(Style.from_meta({"@click": f"show('{name}')"})))
        return Content.assemble(Content(" ").join(tabs), ("   t", "$muted"))
