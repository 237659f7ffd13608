"""What operators should hear of although they are looking elsewhere, and how a terminal passes it on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.i18n import Message
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


def news_of(before: Sequence[RunSummary], after: Sequence[RunSummary]) -> list[News]:
    """What has happened between two looks to the runs that were live at the first."""
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
