"""Numbers, moments and phases as operators read them."""

from __future__ import annotations

import time

from console.i18n import t
from console.runs.state import Phase

UNKNOWN = "–"

PHASE_GLYPHS = {
    Phase.STARTING: "◌",
    Phase.RUNNING: "●",
    Phase.STOPPING: "◐",
    Phase.FINISHED: "✓",
    Phase.FAILED: "✗",
    Phase.STOPPED: "■",
    Phase.LOST: "?",
}
PHASE_COLOURS = {
    Phase.STARTING: "primary",
    Phase.RUNNING: "success",
    Phase.STOPPING: "warning",
    Phase.FINISHED: "foreground",
    Phase.FAILED: "error",
    Phase.STOPPED: "muted",
    Phase.LOST: "warning",
}
"""Theme variables. The colour repeats what glyph and word say."""


def duration_text(seconds: float | None) -> str:
    """A span as ``0:45``, ``12:03``, ``3:12:44`` or ``2d 03:12``; ``–`` when it is not known."""
    if seconds is None:
        return UNKNOWN
    whole = max(0, int(seconds))
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    if days:
        return f"{days}d {hours:02}:{minutes:02}"
    if hours:
        return f"{hours}:{minutes:02}:{left:02}"
    return f"{minutes}:{left:02}"


def moment_text(unix_seconds: float, now: float) -> str:
    """A moment in local time: the hour today, day and hour in this year, else the date."""
    moment, today = time.localtime(unix_seconds), time.localtime(now)
    if moment[:3] == today[:3]:
        return time.strftime("%H:%M:%S", moment)
    return time.strftime("%m-%d %H:%M" if moment[0] == today[0] else "%Y-%m-%d", moment)


def number_text(value: float | None, digits: int = 4) -> str:
    """A number with ``digits`` significant digits, thousands apart; ``–`` when it is not known."""
    if value is None:
        return UNKNOWN
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.{digits}g}"


def percent_text(fraction: float | None) -> str:
    """A fraction as percent with two decimals; ``–`` when it is not known."""
    return UNKNOWN if fraction is None else f"{100 * fraction:.2f} %"


def phase_text(phase: Phase) -> str:
    """Glyph and word of a phase."""
    return f"{PHASE_GLYPHS[phase]} {t(f'history.phase_{phase.value}')}"
