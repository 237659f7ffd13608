"""The lines at the top: who the run is and how far, its figures, and what the operator should know."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping

from console.i18n import t
from console.runs.state import CauseKind, Phase, RunState
from console.tui.cells import wrap
from console.tui.monitor.ages import ago_text
from console.tui.monitor.snapshot import Alert, Snapshot
from console.tui.widgets.chart.scale import ValueFormat, format_value, group_digits
from console.tui.widgets.status_board import MARGINS, Item, Line, Piece, figure, fitted
from console.tui.wording import PHASE_COLOURS, UNKNOWN, duration_text, percent_text, phase_text

INDENT = "  "
_TRENDS = {-1: "↓", 0: "→", 1: "↑"}


def board_lines(snapshot: Snapshot, now: float, seen: Collection[str], width: int) -> tuple[Line, ...]:
    """All lines as of ``now`` (Unix seconds) in ``width`` cells; ``seen`` are ids of acknowledged alerts."""
    return (
        tuple(_progress(snapshot, now)),
        tuple(_figures(snapshot, now)),
        *_ending(snapshot, width),
        *_alert_lines([alert for alert in snapshot.alerts if alert.id not in seen], width),
    )


def _progress(snapshot: Snapshot, now: float) -> Iterator[Item]:
    state, latest = snapshot.state, snapshot.latest
    yield Item((Piece(snapshot.facts.run_id, "foreground", bold=True),), 10)
    if state is None:
        return
    phase = phase_text(state.phase)
    if state.stalled:
        phase += f" · {t('monitor.stalled')}"
    yield Item((Piece(phase, PHASE_COLOURS[state.phase], bold=True),), 9)
    step = latest.values.get("step")
    if step is not None:
        yield figure(
            t("monitor.step"),
            _of(group_digits(step), state.total_steps and group_digits(state.total_steps)),
            8,
        )
    epoch = latest.values.get("epoch")
    if epoch is not None:
        yield figure(
            t("monitor.epoch"), _of(_epoch(epoch), state.total_epochs and _epoch(state.total_epochs)), 5
        )
    if snapshot.facts.resumed_from:
        yield figure(t("monitor.resumed_from"), snapshot.facts.resumed_from, 2)
    yield figure(t("monitor.elapsed"), duration_text(elapsed(state, now)), 6)
    if latest.eta is not None and not state.phase.final:
        yield figure(t("monitor.eta"), duration_text(latest.eta), 7)


def elapsed(state: RunState, now: float) -> float:
    """Seconds from the start of the ranks to their end (or the last word of them), or to now."""
    end = state.ended or (state.updated if state.phase.final else now)
    return max(end - (state.started or state.created), 0.0)


def _of(value: str, total: str | int | float | None) -> str:
    return f"{value} / {total}" if total else value


def _epoch(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _figures(snapshot: Snapshot, now: float) -> Iterator[Item]:
    latest, published = snapshot.latest, snapshot.facts.published
    values = latest.values
    loss = next((values[name] for name in ("loss", "total_loss") if name in values), None)
    has_trend = latest.loss_trend is not None and loss is not None and math.isfinite(loss)
    trend = f" {_TRENDS[latest.loss_trend or 0]}" if has_trend else ""
    yield _value("loss", loss, 9, suffix=trend)
    yield _value("lr", values.get("lr"), 6)
    share = ""
    throughput = values.get("throughput")
    if throughput is not None and published.throughput:
        share = "  " + t("monitor.of_published", percent=f"{100 * throughput / published.throughput:.0f}")
    text = (
        UNKNOWN
        if throughput is None
        else group_digits(throughput)
        if throughput >= 1000
        else format_value(throughput)
    )
    yield figure(t("monitor.panel_throughput"), text + share, 8)
    yield _value("step_time", values.get("step_time"), 4, ValueFormat.SECONDS)
    top1 = next((values[name] for name in ("eval/top1", "top1") if name in values), None)
    yield _value("top1", top1, 7, ValueFormat.PERCENT)
    if latest.overflows is not None:
        ink = "error" if latest.overflows else "foreground"
        yield figure(t("monitor.overflows"), str(latest.overflows), 3, ink)
    if latest.checkpoint_time is not None:
        yield figure(t("monitor.checkpoint"), ago_text(now - latest.checkpoint_time), 5)


def _value(
    name: str, value: float | None, priority: int, style: ValueFormat = ValueFormat.NUMBER, suffix: str = ""
) -> Item:
    text = UNKNOWN if value is None else format_value(value, style)
    bad = value is not None and not math.isfinite(value)
    return figure(t(f"monitor.figure_{name}"), text + suffix, priority, "error" if bad else "foreground")


def _ending(snapshot: Snapshot, width: int) -> Iterator[Line]:
    """The end of the run: what it reached, or why it failed and what to try."""
    state = snapshot.state
    if state is None or not state.phase.final:
        return
    if state.phase in (Phase.FAILED, Phase.LOST):
        yield from _failure(state, width)
    if state.phase is Phase.STOPPED:
        on_overflow = state.cause is not None and state.cause.kind == CauseKind.STOPPED_ON_OVERFLOW
        words = t("monitor.stopped_on_overflow" if on_overflow else "monitor.stopped")
        yield (Item((Piece(f"■ {words}", "muted"),)),)
    if snapshot.result and state.phase is Phase.FINISHED:
        yield tuple(_result(snapshot.result))


def _failure(state: RunState, width: int) -> Iterator[Line]:
    cause = state.cause
    kind = cause.kind if cause else CauseKind.LOST
    rank = next((one for one in state.ranks if cause is not None and one.rank == cause.rank), None)
    words = t(
        f"monitor.cause_{kind}"
        if kind in (CauseKind.RANK_FAILED, CauseKind.START_FAILED)
        else "monitor.cause_lost",
        rank=UNKNOWN if cause is None or cause.rank is None else cause.rank,
        ending=_ending_of(rank.exit_code if rank else None, rank.signal if rank else None),
        line=UNKNOWN if cause is None or cause.line_number is None else group_digits(cause.line_number),
    )
    yield (Item((Piece(f"✗ {words}", "error", bold=True),)),)
    if cause is not None and cause.line:
        yield (Item((Piece(INDENT + cause.line.strip(), "foreground"),)),)
    remedy = "monitor.remedy_start_failed" if kind == CauseKind.START_FAILED else "monitor.remedy_failed"
    yield from _wrapped(f"→ {t(remedy)}", "muted", width)


def _wrapped(text: str, ink: str, width: int) -> Iterator[Line]:
    """A sentence on as many lines as it takes, set in a little."""
    for part in wrap(text, width - MARGINS - len(INDENT)):
        yield (Item((Piece(INDENT + part, ink),)),)


def _ending_of(exit_code: int | None, signal: int | None) -> str:
    if signal:
        return t("monitor.by_signal", signal=signal)
    return t("monitor.by_exit_code", code=UNKNOWN if exit_code is None else exit_code)


def _result(result: Mapping[str, object]) -> Iterator[Item]:
    """The figures the engine itself wrote at the end."""
    yield Item((Piece(f"✓ {t('monitor.result')}", "success", bold=True),), 10)
    shown = (
        ("top1", ValueFormat.PERCENT, 9),
        ("top5", ValueFormat.PERCENT, 6),
        ("eval_loss", ValueFormat.NUMBER, 5),
        ("eval_images", ValueFormat.COUNT, 4),
        ("throughput", ValueFormat.NUMBER, 7),
    )
    for name, style, priority in shown:
        value = result.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            text = percent_text(value) if style is ValueFormat.PERCENT else format_value(float(value), style)
            yield figure(t(f"monitor.result_{name}"), text, priority)
    checkpoint = result.get("best_checkpoint") or result.get("checkpoint")
    if isinstance(checkpoint, str):
        yield figure(t("monitor.checkpoint"), checkpoint, 3)


def _alert_lines(alerts: list[Alert], width: int) -> Iterator[Line]:
    """The worst unseen alert; what to do stands below it where there is no room beside it."""
    if not alerts:
        return
    first, more = alerts[0], len(alerts) - 1
    count = f" (+{more})" if more else ""
    words = Item((Piece(f"{first.severity.glyph} {first.message}", first.severity.ink, bold=True),))
    seen = Item((Piece(f"c {t('monitor.seen')}{count}", "primary", click="screen.acknowledge"),))
    remedy = Item((Piece(f"→ {first.remedy}", "foreground"),))
    for line in ((words, remedy, seen), (words, seen), (words,)):
        if fitted(line, width - MARGINS) == list(line):
            break
    yield line
    if remedy not in line:
        yield from _wrapped(f"→ {first.remedy}", "foreground", width)
    if seen not in line:
        yield (seen,)
