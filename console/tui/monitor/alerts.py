"""The alerts of a run, worst first, each with what to do about it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from console.i18n import Message
from console.metrics.events import EventKind
from console.metrics.samples import Event
from console.runs.curves.gaps import gaps_in_record
from console.runs.state import RunState
from console.tui.monitor.snapshot import Alert, RankReading, Severity

TOLD_OF_EVERY_RUN = ("rank_exit:", "stalled:", "refused:")
"""The beginnings of alerts that the app announces by itself, or that answer what was just asked for."""

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTICE)


def alerts_of(
    state: RunState | None,
    events: Sequence[Event],
    ranks: Sequence[RankReading],
    refusals: Mapping[str, str],
) -> tuple[Alert, ...]:
    """All alerts, worst first. ``refusals`` are this console's requests that were not granted, and why."""
    found = [
        *_nonfinite(state, ranks),
        *(() if state is not None and state.phase.final else _dead_ranks(events)),
        *_overflows(events),
        *_stalls(state, events),
        *_trouble(events),
        *(Alert(gap.id, Severity.WARNING, gap.message, gap.remedy) for gap in gaps_in_record(events)),
        *(
            Alert(
                f"refused:{request}",
                Severity.WARNING,
                Message.of("monitor.alert_refused", reason=reason),
                Message.of("monitor.remedy_refused"),
            )
            for request, reason in refusals.items()
        ),
    ]
    return tuple(sorted(found, key=lambda alert: _ORDER.index(alert.severity)))


def to_announce(before: Sequence[Alert], after: Sequence[Alert]) -> list[Alert]:
    """The alerts that were not there before, without those that are told of every run wherever one looks."""
    known = {alert.id for alert in before}
    return [
        alert
        for alert in after
        if alert.id not in known
        and alert.severity is not Severity.NOTICE
        and not alert.id.startswith(TOLD_OF_EVERY_RUN)
    ]


def _nonfinite(state: RunState | None, ranks: Sequence[RankReading]) -> Iterator[Alert]:
    bad = [reading.rank for reading in ranks if reading.loss is not None and not math.isfinite(reading.loss)]
    if bad:
        attempt = state.attempt if state else 1
        step = max((reading.step for reading in ranks if reading.step is not None), default=None)
        yield Alert(
            f"nonfinite:{attempt}",
            Severity.ERROR,
            Message.of("monitor.alert_nonfinite", rank=bad[0], step="–" if step is None else step),
            Message.of("monitor.remedy_nonfinite"),
        )


def _dead_ranks(events: Sequence[Event]) -> Iterator[Alert]:
    """Only the first rank that died of each attempt: the others were stopped because of it."""
    fallen = False
    for number, event in enumerate(events):
        if event.kind == EventKind.RESTART:
            fallen = False
        code, signal = event.detail.get("exit_code"), event.detail.get("signal")
        if event.kind != EventKind.RANK_EXIT or fallen or not (code or signal):
            continue
        fallen = True
        key = "monitor.alert_rank_signal" if signal else "monitor.alert_rank_exit"
        yield Alert(
            f"rank_exit:{number}",
            Severity.ERROR,
            Message.of(key, rank=event.rank, code=code, signal=signal),
            Message.of("monitor.remedy_rank_exit"),
        )


def _overflows(events: Sequence[Event]) -> Iterator[Alert]:
    found = [event for event in events if event.kind == EventKind.OVERFLOW]
    if found:
        newest = found[-1]
        yield Alert(
            f"overflow:{len(found)}",
            Severity.ERROR,
            Message.of(
                "monitor.alert_overflow",
                count=len(found),
                tensor=newest.detail.get("tensor", "–"),
                step=newest.step,
                rank=newest.rank,
            ),
            Message.of("monitor.remedy_overflow", path=newest.detail.get("path", "dumps/overflow")),
        )


def _stalls(state: RunState | None, events: Sequence[Event]) -> Iterator[Alert]:
    stalls = [(number, event) for number, event in enumerate(events) if event.kind == EventKind.STALLED]
    if not stalls:
        return
    number, event = stalls[-1]
    goes_on = state is None or not state.stalled
    key = "monitor.alert_stalled_over" if goes_on else "monitor.alert_stalled"
    yield Alert(
        f"stalled:{number}",
        Severity.NOTICE if goes_on else Severity.WARNING,
        Message.of(key, seconds=event.detail.get("seconds", "–")),
        Message.of("monitor.remedy_stalled_over" if goes_on else "monitor.remedy_stalled"),
    )


def _trouble(events: Sequence[Event]) -> Iterator[Alert]:
    severities: Mapping[str, Severity] = {
        EventKind.DISK_FULL: Severity.ERROR,
        EventKind.LOG_TRUNCATED: Severity.WARNING,
        EventKind.RESTART: Severity.WARNING,
    }
    for number, event in enumerate(events):
        if event.kind in severities:
            step = event.detail.get("step")
            yield Alert(
                f"{event.kind}:{number}",
                severities[event.kind],
                Message.of(
                    f"monitor.alert_{event.kind}",
                    rank=event.rank,
                    step="–" if step is None else step,
                    attempt=event.detail.get("attempt", "–"),
                ),
                Message.of(f"monitor.remedy_{event.kind}"),
            )
