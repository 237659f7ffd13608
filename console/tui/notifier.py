"""News, mistakes and defects as the operator hears of them: notices on the screen, bell and desktop."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.app import App

from console.errors import UserError
from console.i18n import Message, t
from console.runs.state import Phase, RunSummary

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

BELL = "\a"

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_ENDINGS: Mapping[Phase, tuple[str, SeverityLevel]] = {
    Phase.FINISHED: ("app.news_finished", "information"),
    Phase.FAILED: ("app.news_failed", "error"),
    Phase.LOST: ("app.news_lost", "error"),
}
"""The ends that come by themselves; who stops a run knows of it."""


@dataclass(frozen=True, slots=True)
class News:
    """Something that has happened to a run."""

    run_id: str
    message: Message
    severity: SeverityLevel


class Notifier:
    """Tells the operator of ``app``; bell and desktop messages only while ``rings`` answers yes."""

    def __init__(self, app: App[Any], rings: Callable[[], bool]) -> None:
        self._app = app
        self._rings = rings

    def report(self, error: BaseException) -> None:
        """Tell what went wrong: a mistake in its own words, a defect with the path of its traceback."""
        if isinstance(error, UserError):
            self._app.notify(str(error), severity="error", markup=False)
            return
        from console.crash import record_crash

        path = record_crash(error)
        sentence = t("app.defect", error=repr(error), path=path or t("app.nowhere"))
        self._app.notify(sentence, severity="error", timeout=20, markup=False)

    def tell(self, news: News) -> None:
        """Tell of something that has happened to a run, on the screen too unless it shows that run."""
        words = str(news.message)
        self.announce(words)
        watched = getattr(self._app.screen, "folder", None)
        if watched is None or watched.run_id != news.run_id:
            self._app.notify(words, severity=news.severity, markup=False)

    def announce(self, words: str) -> None:
        """Ring the terminal's bell and have it show ``words`` on the desktop, unless that is switched off."""
        driver = self._app._driver
        if self._rings() and driver is not None:
            self._app.bell()
            driver.write(desktop_sequence(words, os.environ))


def news_of(before: Sequence[RunSummary], after: Sequence[RunSummary]) -> list[News]:
    """The news of the runs that were live at the first of two looks."""
    now = {run.run_id: run for run in after}
    changes = ((run, now[run.run_id]) for run in before if not run.phase.final and run.run_id in now)
    return [news for old, new in changes if (news := _news_of_run(old, new)) is not None]


def _news_of_run(old: RunSummary, new: RunSummary) -> News | None:
    if new.phase in _ENDINGS:
        key, severity = _ENDINGS[new.phase]
        return News(new.run_id, Message.of(key, run=new.run_id), severity)
    if new.stalled and not old.stalled and not new.phase.final:
        return News(new.run_id, Message.of("app.news_stalled", run=new.run_id), "warning")
    return None


def desktop_sequence(words: str, environment: Mapping[str, str]) -> str:
    """The control sequence OSC 9, by which a terminal shows ``words`` on its desktop, over SSH too.

    tmux hands it on to the terminal outside where its option ``allow-passthrough`` is on.
    """
    sequence = f"\x1b]9;{_CONTROL.sub(' ', words)}{BELL}"
    if "TMUX" in environment:
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    return sequence
