"""The command palette: every action possible here, from the one table."""

from __future__ import annotations

from typing import Any

from textual.app import App

from console.i18n import t
from console.tui.actions import ACTIONS, Action, Scope, actions_of
from console.tui.dialogs.picker import Choice, PickerDialog


def open_palette(app: App[Any]) -> None:
    """Let the operator find an action of the current screen or of the app by its words, and run it."""
    screen = app.screen
    possible = [
        action for action in palette_actions(getattr(screen, "SCOPE", Scope.APP)) if _enabled(app, action)
    ]
    commands = {action.id: action.command for action in ACTIONS}

    async def run(chosen: str | None) -> None:
        if chosen is not None:
            await app.run_action(commands[chosen], screen)

    choices = [Choice(action.id, action.text, action.key_text) for action in possible]
    app.push_screen(PickerDialog(t("app.palette_title"), choices), run)


def palette_actions(scope: Scope) -> list[Action]:
    """The actions of a screen and of the app, without the palette itself."""
    rows = actions_of(scope) + (actions_of(Scope.APP) if scope is not Scope.APP else ())
    return [action for action in rows if action.name != "command_palette"]


def _enabled(app: App[Any], action: Action) -> bool:
    owner = app if action.scope is Scope.APP else app.screen
    return owner.check_action(action.name, ()) is True
