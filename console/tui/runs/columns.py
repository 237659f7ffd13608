"""The columns of the table of runs: their texts, their order, and the filter."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from console.i18n import t
from console.runs.state import Phase, RunSummary
from console.tui.wording import duration_text, moment_text, number_text, percent_text, phase_text


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``text`` shows a run at the time ``now``; ``order`` is what the table is sorted by.

    ``number`` columns are set flush right, and sorted with the greatest first.
    """

    id: str
    text: Callable[[RunSummary, float], str]
    order: Callable[[RunSummary], Any]
    number: bool = False

    @property
    def title(self) -> str:
        """The heading, in the current language."""
        return t(f"history.column_{self.id}")


def elapsed(run: RunSummary, now: float) -> float | None:
    """Seconds a run took, or has taken so far while it goes on."""
    if run.phase.final:
        return run.duration
    return now - run.created


def _known(value: float | None) -> float:
    return -math.inf if value is None or math.isnan(value) else value


_PHASE_ORDER = {phase: position for position, phase in enumerate(Phase)}

COLUMNS = (
    Column("state", lambda run, now: phase_text(run.phase), lambda run: _PHASE_ORDER[run.phase]),
    Column("name", lambda run, now: run.run_id, lambda run: run.run_id),
    Column("profile", lambda run, now: run.profile, lambda run: run.profile),
    Column("dataset", lambda run, now: run.dataset, lambda run: run.dataset),
    Column("devices", lambda run, now: f"{run.devices} {run.backend}", lambda run: run.devices, number=True),
    Column("started", lambda run, now: moment_text(run.created, now), lambda run: run.created, number=True),
    Column(
        "duration",
        lambda run, now: duration_text(elapsed(run, now)),
        lambda run: _known(run.duration),
        number=True,
    ),
    Column(
        "loss", lambda run, now: number_text(run.last_loss), lambda run: _known(run.last_loss), number=True
    ),
    Column(
        "top1", lambda run, now: percent_text(run.best_top1), lambda run: _known(run.best_top1), number=True
    ),
    Column(
        "throughput",
        lambda run, now: number_text(run.throughput),
        lambda run: _known(run.throughput),
        number=True,
    ),
    Column("note", lambda run, now: run.note, lambda run: run.note),
)


def sorted_runs(runs: tuple[RunSummary, ...], column: str, reverse: bool) -> list[RunSummary]:
    """The runs by one column: numbers from the greatest, words from a; ``reverse`` the other way."""
    chosen = next(one for one in COLUMNS if one.id == column)
    return sorted(runs, key=chosen.order, reverse=chosen.number != reverse)


def matches(run: RunSummary, words: tuple[str, ...]) -> bool:
    """True when every word is found somewhere in what is shown of the run."""
    shown = " ".join(
        (run.run_id, run.profile, run.dataset, run.backend, run.note, phase_text(run.phase), run.phase.value)
    ).casefold()
    return all(word in shown for word in words)
