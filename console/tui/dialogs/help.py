"""The help screen: every key, from the one table of actions."""

from __future__ import annotations

from collections.abc import Iterator

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from console.i18n import t
from console.tui.actions import Scope, actions_of, key_text
from console.tui.cells import pad
from console.tui.dialogs.base import Dialog

KEY_WIDTH = 14


class HelpScreen(Dialog[None]):
    """Shows the keys of the screen it was opened from first, then those of the others."""

    DEFAULT_CSS = """
    HelpScreen {
        & > .frame { width: 84; }
        & VerticalScroll { height: auto; max-height: 1fr; scrollbar-size-vertical: 1; }
    }
    """

    def __init__(self, scope: Scope) -> None:
        super().__init__(t("app.help_title"), t("app.help_keys"))
        self._scope = scope

    def compose_body(self) -> Iterator[Widget]:
        """The table of keys, and how forms are filled in."""
        scroll = VerticalScroll(Static(help_text(self._scope)))
        scroll.can_focus = True
        yield scroll

    def key_q(self) -> None:
        """Close, as Escape does."""
        self.action_cancel()

    def key_question_mark(self) -> None:
        """Close with the key that opened it."""
        self.action_cancel()


def help_text(first: Scope) -> Content:
    """Every action by scope, with all its keys."""
    order = [first, *(scope for scope in Scope if scope is not first)]
    lines = [Content(t("app.help_intro")), Content("")]
    for scope in order:
        actions = [action for action in actions_of(scope) if action.keys]
        if not actions:
            continue
        lines.append(Content.styled(scope.heading, "bold $primary"))
        for action in actions:
            keys = pad("  ".join(key_text(key) for key in action.keys), KEY_WIDTH)
            lines.append(Content.assemble("  ", (keys, "$accent"), action.text))
        lines.append(Content(""))
    return Content("\n").join(lines)
