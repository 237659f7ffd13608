"""Ages in words, as coarse as an operator needs it, so that a quiet screen stays still."""

from __future__ import annotations

from console.i18n import t

_STEP = 10
_UNITS = ((86_400, "days"), (3_600, "hours"), (60, "minutes"))


def age_text(seconds: float) -> str:
    """``now``, ``20 s``, ``12 min``, ``3 h`` or ``2 d``."""
    for size, name in _UNITS:
        if seconds >= size:
            return t(f"monitor.age_{name}", count=int(seconds // size))
    whole = int(max(seconds, 0.0)) // _STEP * _STEP
    return t("monitor.age_seconds", count=whole) if whole else t("monitor.age_now")


def ago_text(seconds: float) -> str:
    """``just now``, or the age with the word for the past."""
    return t("monitor.ago", age=age_text(seconds)) if seconds >= _STEP else t("monitor.just_now")
