"""The bottom line of a screen: its actions and their keys, each of them clickable."""

from __future__ import annotations

from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from console.tui.actions import Action, Scope, bar_actions

PINNED = ("command_palette", "help")
_GAP = "  "


class KeyBar(Widget):
    """One line; what does not fit is left out from the end, but never the palette and the help screen."""

    DEFAULT_CSS = """
    KeyBar {
        dock: bottom;
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

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    def on_mount(self) -> None:
        """Follow the screen: which actions are possible changes with its state."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self.refresh())

    def render(self) -> Content:
        """The actions that fit, in table order."""
        entries = [(action, self._entry(action)) for action in bar_actions(self._scope)]
        return Content(_GAP).join(fitting_entries(entries, self.content_size.width))

    def _entry(self, action: Action) -> Content:
        enabled = self.screen.check_action(action.name, ()) is True
        key_style = Style.from_meta({"@click": action.command}) if enabled else Style()
        key_colour, text_colour = ("$primary", "") if enabled else ("$muted", "$muted")
        entry = Content.assemble((f"{action.key_text} ", f"bold {key_colour}"), (action.text, text_colour))
        return entry.stylize(key_style)


def fitting_entries(entries: list[tuple[Action, Content]], width: int) -> list[Content]:
    """Drop entries from the end until the rest fits ``width`` cells; :data:`PINNED` ones go last of all."""
    kept = list(entries)

    def used() -> int:
        return sum(entry.cell_length for _, entry in kept) + len(_GAP) * max(0, len(kept) - 1)

    while kept and used() > width:
        droppable = [index for index, (action, _) in enumerate(kept) if action.name not in PINNED]
        del kept[droppable[-1] if droppable else -1]
    return [entry for _, entry in kept]
