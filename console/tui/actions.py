"""The one table of actions: key bindings, key bar, command palette and help screen are built from it.

A row is added here, and a method ``action_<name>`` on the screen (or the app); nothing else is needed. The
text lives in the message tables under :attr:`Action.label`, so that it follows the language everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from textual.binding import Binding

from console.i18n import t


class Scope(str, Enum):
    """The place an action can be used: everywhere, or one screen."""

    APP = "app"
    LAUNCH = "launch"
    RUNS = "runs"
    MONITOR = "monitor"

    @property
    def heading(self) -> str:
        """The heading of the scope's part of the help screen, in the current language."""
        return t(f"app.scope_{self.value}")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing an operator can do.

    Textual runs ``action_<name>`` of the screen, or of the app for :attr:`Scope.APP`. ``keys`` are Textual
    key names, the first is the one shown. ``label`` is a message key. ``footer`` says whether the key bar
    names it. A ``priority`` key works even while a text field has the focus.
    """

    scope: Scope
    name: str
    keys: tuple[str, ...]
    label: str
    footer: bool = True
    priority: bool = False

    @property
    def id(self) -> str:
        """A name no other action has."""
        return f"{self.scope.value}.{self.name}"

    @property
    def command(self) -> str:
        """The action string Textual understands from anywhere."""
        return ("app." if self.scope is Scope.APP else "screen.") + self.name

    @property
    def text(self) -> str:
        """The words of the action, in the current language."""
        return t(self.label)

    @property
    def key_text(self) -> str:
        """The shown key, as operators write it: ``^l``, ``F2``, ``Enter``."""
        return key_text(self.keys[0]) if self.keys else ""


ACTIONS: tuple[Action, ...] = (
    # Everywhere.
    Action(Scope.APP, "show_launch", ("f2", "1"), "app.action_launch_screen", footer=False),
    Action(Scope.APP, "show_runs", ("f3", "2"), "app.action_runs_screen", footer=False),
    Action(Scope.APP, "command_palette", ("ctrl+p",), "app.action_palette", priority=True),
    Action(Scope.APP, "help", ("question_mark", "f1"), "app.action_help"),
    Action(Scope.APP, "switch_language", ("f4",), "app.action_language", footer=False),
    Action(Scope.APP, "switch_theme", ("f5",), "app.action_theme", footer=False),
    Action(Scope.APP, "switch_notifications", ("f6",), "app.action_notifications", footer=False),
    Action(Scope.APP, "quit", ("q", "ctrl+q"), "app.action_quit"),
    # Launch.
    Action(Scope.LAUNCH, "start", ("ctrl+l",), "form.action_start", priority=True),
    Action(Scope.LAUNCH, "copy", ("y",), "form.action_copy"),
    Action(Scope.LAUNCH, "save", ("ctrl+s",), "form.action_save", priority=True),
    Action(Scope.LAUNCH, "filter", ("slash",), "form.action_filter"),
    Action(Scope.LAUNCH, "reset", ("r",), "form.action_reset"),
    Action(Scope.LAUNCH, "reset_all", ("R",), "form.action_reset_all", footer=False),
    Action(Scope.LAUNCH, "next_pane", ("t",), "form.action_next_pane", footer=False),
    Action(Scope.LAUNCH, "previous_pane", ("T",), "form.action_previous_pane", footer=False),
    # Monitor.
    Action(Scope.MONITOR, "back", ("q",), "monitor.action_back"),
    Action(Scope.MONITOR, "stop", ("s",), "monitor.action_stop"),
    Action(Scope.MONITOR, "checkpoint", ("k",), "monitor.action_checkpoint"),
    Action(Scope.MONITOR, "profile", ("p",), "monitor.action_profile"),
    Action(Scope.MONITOR, "dump", ("d",), "monitor.action_dump"),
    Action(Scope.MONITOR, "zoom", ("z",), "monitor.action_zoom"),
    Action(Scope.MONITOR, "x_axis", ("x",), "monitor.action_x_axis"),
    Action(Scope.MONITOR, "smooth", ("m",), "monitor.action_smooth"),
    Action(Scope.MONITOR, "log_y", ("l",), "monitor.action_log_y"),
    Action(Scope.MONITOR, "rank", ("r",), "monitor.action_rank"),
    Action(Scope.MONITOR, "search", ("slash",), "monitor.action_search"),
    Action(Scope.MONITOR, "artefacts", ("a",), "monitor.action_artefacts"),
    Action(Scope.MONITOR, "acknowledge", ("c",), "monitor.action_acknowledge", footer=False),
    Action(Scope.MONITOR, "kill", ("K",), "monitor.action_kill", footer=False),
    Action(Scope.MONITOR, "next_page", ("right_square_bracket",), "monitor.action_next_page", footer=False),
    Action(
        Scope.MONITOR, "previous_page", ("left_square_bracket",), "monitor.action_previous_page", footer=False
    ),
    Action(Scope.MONITOR, "next_pane", ("t",), "monitor.action_next_pane", footer=False),
    Action(Scope.MONITOR, "log_x", ("L",), "monitor.action_log_x", footer=False),
    Action(Scope.MONITOR, "follow", ("f",), "monitor.action_follow", footer=False),
    Action(Scope.MONITOR, "fold", ("u",), "monitor.action_fold", footer=False),
    Action(Scope.MONITOR, "next_hit", ("n",), "monitor.action_next_hit", footer=False),
    Action(Scope.MONITOR, "previous_hit", ("N",), "monitor.action_previous_hit", footer=False),
    Action(Scope.MONITOR, "cursor_left", ("left",), "monitor.action_cursor_left", footer=False),
    Action(Scope.MONITOR, "cursor_right", ("right",), "monitor.action_cursor_right", footer=False),
    Action(Scope.MONITOR, "cursor_far_left", ("shift+left",), "monitor.action_cursor_far_left", footer=False),
    Action(
        Scope.MONITOR, "cursor_far_right", ("shift+right",), "monitor.action_cursor_far_right", footer=False
    ),
    Action(Scope.MONITOR, "zoom_in", ("plus", "equals_sign"), "monitor.action_zoom_in", footer=False),
    Action(Scope.MONITOR, "zoom_out", ("minus",), "monitor.action_zoom_out", footer=False),
    Action(Scope.MONITOR, "pan_left", ("less_than_sign", "comma"), "monitor.action_pan_left", footer=False),
    Action(
        Scope.MONITOR,
        "pan_right",
        ("greater_than_sign", "full_stop"),
        "monitor.action_pan_right",
        footer=False,
    ),
    Action(Scope.MONITOR, "reset_view", ("escape", "0"), "monitor.action_reset_view", footer=False),
    # Runs.
    Action(Scope.RUNS, "open", ("enter",), "history.action_open"),
    Action(Scope.RUNS, "stop", ("s",), "history.action_stop"),
    Action(Scope.RUNS, "resume", ("r",), "history.action_resume"),
    Action(Scope.RUNS, "relaunch", ("c",), "history.action_relaunch"),
    Action(Scope.RUNS, "note", ("n",), "history.action_note"),
    Action(Scope.RUNS, "delete", ("d", "delete"), "history.action_delete"),
    Action(Scope.RUNS, "filter", ("slash",), "history.action_filter"),
    Action(Scope.RUNS, "sort", ("o",), "history.action_sort"),
    Action(Scope.RUNS, "reverse", ("O",), "history.action_reverse", footer=False),
)


def find_action(scope: Scope, name: str) -> Action:
    """The row of one action."""
    return next(action for action in ACTIONS if action.scope is scope and action.name == name)


def actions_of(scope: Scope) -> tuple[Action, ...]:
    """The rows of one scope, in table order."""
    return tuple(action for action in ACTIONS if action.scope is scope)


def bindings(scope: Scope) -> list[Binding]:
    """Textual bindings of one scope; for a screen's or the app's ``BINDINGS``."""
    return [
        Binding(
            ",".join(action.keys),
            action.name if action.scope is scope else action.command,
            action.label,
            show=False,
            priority=action.priority,
            id=action.id,
        )
        for action in actions_of(scope)
        if action.keys
    ]


def bar_actions(scope: Scope) -> tuple[Action, ...]:
    """The actions in the key bar of a screen: its own first, then the ones of the app."""
    rows: Iterable[Action] = actions_of(scope) + (() if scope is Scope.APP else actions_of(Scope.APP))
    return tuple(action for action in rows if action.footer)


_KEY_WORDS = {
    "question_mark": "?",
    "slash": "/",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "enter": "Enter",
    "escape": "Esc",
    "delete": "Del",
    "space": "Space",
    "tab": "Tab",
    "plus": "+",
    "minus": "-",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "equals_sign": "=",
    "comma": ",",
    "full_stop": ".",
}


def key_text(key: str) -> str:
    """A Textual key name as operators write it."""
    if key.startswith("ctrl+"):
        return "^" + key_text(key[5:])
    if key.startswith("shift+"):
        return "⇧" + key_text(key[6:])
    if key[:1] == "f" and key[1:].isdigit():
        return key.upper()
    return _KEY_WORDS.get(key, key)
