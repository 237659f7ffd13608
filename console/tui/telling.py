"""How the app tells its operator things, and the settings by which the operator says how."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

from textual.app import App

from console.errors import UserError
from console.i18n import t
from console.settings import Settings, load_settings, save_settings
from console.tui.announcements import News, desktop_sequence


class TellingApp(App[None]):
    """An app with the operator's ``settings``: the saved ones, unless tests give others."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__()
        self.settings = load_settings() if settings is None else settings

    def report(self, error: BaseException) -> None:
        """Tell what went wrong: a mistake in its own words, a defect with the path of its traceback."""
        if isinstance(error, UserError):
            self.notify(str(error), severity="error", markup=False)
            return
        from console.crash import record_crash

        path = record_crash(error)
        sentence = t("app.defect", error=repr(error), path=path or t("app.nowhere"))
        self.notify(sentence, severity="error", timeout=20, markup=False)

    def tell_news(self, news: News) -> None:
        """Tell of something that has happened to a run, on the screen too unless it shows that run."""
        words = str(news.message)
        self.announce(words)
        watched = getattr(self.screen, "folder", None)
        if watched is None or watched.run_id != news.run_id:
            self.notify(words, severity=news.severity, markup=False)

    def announce(self, words: str) -> None:
        """Ring the terminal's bell and have it show ``words`` on the desktop, unless that is switched off."""
        if self.settings.notifications and self._driver is not None:
            self.bell()
            self._driver.write(desktop_sequence(words, os.environ))

    def action_switch_notifications(self) -> None:
        """Switch bell and desktop messages on or off, and remember it."""
        on = not self.settings.notifications
        self.remember(notifications=on)
        self.notify(t("app.notifications_on" if on else "app.notifications_off"), markup=False)

    def remember(self, **changes: Any) -> None:
        """Change settings and save them; a home that cannot be written costs a notice, nothing else."""
        self.settings = dataclasses.replace(self.settings, **changes)
        try:
            save_settings(self.settings)
        except UserError as error:
            self.report(error)
