"""Drawing of the log: its lines, its frame and its scroll bar. Pure functions of what is shown."""

from __future__ import annotations

from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from console.i18n import t
from console.tui.cells import cell_len, fit
from console.tui.widgets.chart.scale import group_digits
from console.tui.widgets.log.lines import LineKind, LogLine, hits, kind_of, shown_text
from console.tui.widgets.painted import Runs
from console.tui.widgets.series_colour import rank_colour


class LogInks(NamedTuple):
    """The styles of the log in the current theme. ``source``, ``follow`` and ``search`` can be clicked."""

    base: Style
    frame: Style
    title: Style
    source: Style
    follow: Style
    search: Style
    muted: Style
    hit: Style
    repeats: Style
    chosen: Style
    thumb: Style
    kinds: dict[LineKind, Style]
    ranks: tuple[Style, ...]


class Frame(NamedTuple):
    """The words in the frame of the log: the source's name, whether it follows, and which lines are in sight."""

    source: str
    following: bool
    needle: str
    top: int
    body: int
    total: int


def line_strip(line: LogLine, width: int, left: int, needle: str, chosen: bool, inks: LogInks) -> Strip:
    """One line, ``left`` cells of its text scrolled out of sight on the left."""
    text = shown_text(line.text)
    kind = kind_of(text)
    style = inks.chosen if chosen else inks.kinds[kind]
    head = Runs()
    if line.rank is not None:
        head.add(f"{line.rank}│", inks.ranks[rank_colour(line.rank)])
    head.add(f"{'▶' if chosen else kind.glyph} ", style)
    if line.repeats > 1:
        head.add(f"×{line.repeats} ", style if chosen else inks.repeats)
    room = max(width - head.width, 0)
    body = Runs()
    end = 0
    for start, stop in hits(text, needle):
        body.add(text[end:start], style)
        body.add(text[start:stop], inks.hit)
        end = stop
    body.add(text[end:], style)
    strip = body.strip(max(cell_len(text), left + room), style).crop(left, left + room)
    return Strip.join([head.strip(head.width, inks.base), strip]).adjust_cell_length(width, style)


def thumb_rows(frame: Frame) -> range:
    """The rows of the scroll bar's thumb; none while everything is in sight."""
    if frame.total <= frame.body:
        return range(0)
    size = max(frame.body * frame.body // frame.total, 1)
    start = round(frame.top * (frame.body - size) / (frame.total - frame.body))
    return range(start, start + size)


def top_line(frame: Frame, width: int, inks: LogInks) -> Strip:
    """``╭ Log  all ranks ▾  follow ● ───── / search ╮``."""
    line, search = Runs(), f" / {frame.needle or t('monitor.log_search')} "
    line.add("╭", inks.frame)
    line.add(f" {t('monitor.log_title')} ", inks.title)
    line.add(f" {frame.source} ▾ ", inks.source)
    follow = t("monitor.log_following") if frame.following else t("monitor.log_paused")
    line.add(f" {follow} {'●' if frame.following else '○'} ", inks.follow if frame.following else inks.muted)
    rule = width - line.width - cell_len(search) - 2
    line.add("─" * max(rule, 0), inks.frame)
    line.add(fit(search, max(width - line.width - 2, 0)), inks.search)
    line.add("─╮", inks.frame)
    return line.strip(width, inks.base)


def bottom_line(frame: Frame, width: int, inks: LogInks) -> Strip:
    """``╰───── 15 610–15 625 / 15 625 ─╯``."""
    line = Runs()
    last = min(frame.top + frame.body, frame.total)
    where = f"{group_digits(frame.top + 1)}–{group_digits(last)} / {group_digits(frame.total)}"
    text = f" {where} " if frame.total else ""
    line.add("╰" + "─" * max(width - cell_len(text) - 3, 0), inks.frame)
    line.add(text, inks.muted)
    line.add("─╯", inks.frame)
    return line.strip(width, inks.base)


def framed(strip: Strip, rail: bool, inks: LogInks) -> Strip:
    """One line of the body between the left border and the scroll bar."""
    right = Segment("┃", inks.thumb) if rail else Segment("│", inks.frame)
    return Strip([Segment("│", inks.frame), *strip, right], strip.cell_length + 2)
