"""The rows of the rank table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from console.hosts.readings import NpuChip
from console.i18n import t
from console.i18n.sizes import bytes_text
from console.runs.state import Phase, RankState, RunState
from console.tui.monitor.ages import age_text
from console.tui.monitor.ranks.process_meter import ProcessUse
from console.tui.monitor.snapshot import NpuReading, RankReading
from console.tui.widgets.chart.scale import format_value, group_digits
from console.tui.widgets.rank_table import Cell, Heading, RankRow, RankRows
from console.tui.wording import PHASE_COLOURS, UNKNOWN, phase_text

QUIET_AFTER = 30.0
"""Seconds without a line after which a live rank's silence is coloured."""

STALE_AFTER = 30.0
"""Seconds after which the figures of the NPUs are marked as old."""

_UTILISATION = "▁▂▃▄▅▆▇█"


def rank_rows(
    state: RunState | None,
    readings: Sequence[RankReading],
    npus: NpuReading,
    now: float,
) -> RankRows:
    """The table as of ``now`` (Unix seconds). There are columns for NPUs only where there are some."""
    chips = npus.chips
    states = {one.rank: one for one in state.ranks} if state else {}
    rows = tuple(
        RankRow(
            reading.rank,
            (
                *_progress_cells(reading, states.get(reading.rank)),
                *(
                    _chip_cells(chips.get(states[reading.rank].device))
                    if chips and reading.rank in states
                    else ()
                ),
                *_process_cells(reading, states.get(reading.rank), now),
            ),
        )
        for reading in readings
    )
    return RankRows(_title(npus, now), _headings(bool(chips)), rows)


def _title(npus: NpuReading, now: float) -> str:
    """The heading, with a word when the NPUs' figures are old or cannot be had."""
    title = t("monitor.ranks_title")
    if npus.problem is not None:
        return f"{title} · ! {npus.problem}"
    if npus.time is not None and now - npus.time > STALE_AFTER:
        return f"{title} · {t('monitor.npu_age', age=age_text(now - npus.time))}"
    return title


def _headings(npu: bool) -> tuple[Heading, ...]:
    def number(name: str, width: int) -> Heading:
        return Heading(t(f"monitor.rank_{name}"), width)

    devices = (number("aicore", 7), number("hbm", 14), number("temperature", 6), number("power", 6))
    return (
        number("rank", 4),
        number("device", 3),
        Heading(t("monitor.rank_state"), 10, number=False),
        number("step", 9),
        number("loss", 8),
        number("throughput", 9),
        number("behind", 6),
        *(devices if npu else ()),
        number("line_age", 9),
        number("cpu", 6),
        number("rss", 7),
    )


def _progress_cells(reading: RankReading, state: RankState | None) -> tuple[Cell, ...]:
    phase = state.phase if state else None
    behind = reading.behind
    return (
        Cell(str(state.device) if state else UNKNOWN, "muted"),
        Cell(phase_text(phase), PHASE_COLOURS[phase]) if phase else Cell(UNKNOWN),
        Cell(UNKNOWN if reading.step is None else group_digits(reading.step)),
        _number(reading.loss),
        _number(reading.throughput),
        Cell(f"▼ {behind}", "warning") if behind else Cell(UNKNOWN if behind is None else "0", "muted"),
    )


def _number(value: float | None) -> Cell:
    if value is None:
        return Cell(UNKNOWN, "muted")
    return Cell(
        format_value(value), "error" if value != value or abs(value) == float("inf") else "foreground"
    )


def _process_cells(reading: RankReading, state: RankState | None, now: float) -> tuple[Cell, ...]:
    live = state is not None and not state.phase.final
    age = None if reading.line_time is None else max(now - reading.line_time, 0.0)
    quiet = (
        live and age is not None and age > QUIET_AFTER and state is not None and state.phase is Phase.RUNNING
    )
    return (
        Cell(UNKNOWN if age is None else age_text(age), "warning" if quiet else "muted"),
        Cell(UNKNOWN if reading.cpu is None else f"{100 * reading.cpu:.0f} %", "muted"),
        Cell(UNKNOWN if reading.rss is None else bytes_text(reading.rss), "muted"),
    )


def _chip_cells(chip: NpuChip | None) -> tuple[Cell, ...]:
    if chip is None:
        return (Cell(UNKNOWN, "muted"),) * 4
    used, total = chip.hbm_used, chip.hbm_total
    hot = chip.health not in ("OK", "")
    return (
        Cell(UNKNOWN if chip.aicore is None else f"{_bar(chip.aicore)} {chip.aicore} %"),
        Cell(UNKNOWN if used is None or total is None else f"{used / 1024:.1f}/{total / 1024:.1f} GB"),
        Cell(
            UNKNOWN if chip.temperature is None else f"{chip.temperature} °C",
            "error" if hot else "foreground",
        ),
        Cell(UNKNOWN if chip.power is None else f"{chip.power:.0f} W"),
    )


def _bar(percent: int) -> str:
    return _UTILISATION[min(max(percent * len(_UTILISATION) // 101, 0), len(_UTILISATION) - 1)]


def readings_of(
    state: RunState | None,
    values: Mapping[int, Mapping[str, float]],
    usage: Mapping[int, ProcessUse],
) -> tuple[RankReading, ...]:
    """The readings of each rank, from the supervisor's word, the newest samples and the host's processes."""
    if state is None:
        return ()
    foremost = max((one.last_step for one in state.ranks if one.last_step is not None), default=None)
    readings = []
    for one in state.ranks:
        stated, used = values.get(one.rank, {}), usage.get(one.rank)
        readings.append(
            RankReading(
                rank=one.rank,
                step=one.last_step,
                loss=stated.get("loss"),
                throughput=stated.get("throughput"),
                behind=None if foremost is None or one.last_step is None else foremost - one.last_step,
                line_time=one.last_line_time,
                cpu=used.cpu if used else None,
                rss=used.rss if used else None,
            )
        )
    return tuple(readings)
