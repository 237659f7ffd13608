"""The panes of the monitor: their places, a pure decision on the terminal's size, and their content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from textual.geometry import Size
from textual.widget import Widget

from console.tui.monitor.charts.grid import ChartGrid
from console.tui.monitor.head import board_lines
from console.tui.monitor.log.pane import LogPane
from console.tui.monitor.log.sources import RunLogs
from console.tui.monitor.ranks.picker import rank_words
from console.tui.monitor.ranks.rows import rank_rows
from console.tui.monitor.snapshot import Snapshot
from console.tui.widgets.pane_tabs import PaneTabs
from console.tui.widgets.rank_table import RankTable
from console.tui.widgets.status_board import StatusBoard

KEY_BAR_HEIGHT = 1

TABBED_BELOW = (100, 30)
"""Narrower or lower than this, one pane is shown at a time."""

WIDE_FROM = 170
"""From this width on there are three columns of charts."""

LOWEST_CHART = 7
LOWEST_LOG = 6
TABLE_FRAME = 3
LOG_SHARE = 0.33


class Pane(Enum):
    """The three parts of the screen."""

    CHARTS = "charts"
    RANKS = "ranks"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class MonitorLayout:
    """Heights in lines (0: not shown) and the grid of charts; ``tabs``: whether there is a line of tabs."""

    tabs: bool
    columns: int
    rows: int
    charts: int
    ranks: int
    log: int

    @property
    def page_size(self) -> int:
        """Charts on one page."""
        return self.columns * self.rows


def plan_layout(width: int, height: int, ranks: int, pane: Pane, zoomed: bool) -> MonitorLayout:
    """Lay out ``width × height`` cells, the head and the key bar not counted."""
    if width < TABBED_BELOW[0] or height < TABBED_BELOW[1] - 3:
        return _tabbed(width, height - 1, pane, zoomed)
    if zoomed:
        return MonitorLayout(False, 1, 1, height, 0, 0)
    table = min(max(ranks, 1), max(height // 4, 2)) + TABLE_FRAME
    log = max(round((height - table) * LOG_SHARE), LOWEST_LOG)
    charts = height - table - log
    return MonitorLayout(False, _columns(width), _rows(charts), charts, table, log)


def _tabbed(width: int, height: int, pane: Pane, zoomed: bool) -> MonitorLayout:
    columns, rows = (1, 1) if zoomed else (_columns(width), min(_rows(height), 2))
    heights = {one: height if one is pane else 0 for one in Pane}
    return MonitorLayout(True, columns, rows, heights[Pane.CHARTS], heights[Pane.RANKS], heights[Pane.LOG])


def _columns(width: int) -> int:
    return 3 if width >= WIDE_FROM else 2 if width >= 70 else 1


def _rows(height: int) -> int:
    return max(min(height // LOWEST_CHART, 3 if height >= 36 else 2), 1)


class MonitorPanes:
    """The widgets of the monitor, from top to bottom: head, tabs, charts, ranks and log.

    ``chosen`` is the pane of a terminal that has room for one only; ``zoomed``: one chart in place of all.
    """

    def __init__(self) -> None:
        self.board = StatusBoard()
        self.grid = ChartGrid()
        self.table = RankTable()
        self.log = LogPane()
        self.chosen = Pane.CHARTS
        self.zoomed = False
        self.layout = MonitorLayout(False, 1, 1, 0, 0, 0)
        self.tabs = PaneTabs({pane.value: f"monitor.pane_{pane.value}" for pane in Pane}, self.chosen.value)
        self._seen_alerts: set[str] = set()

    def __iter__(self) -> Iterator[Widget]:
        yield from (self.board, self.tabs, self.grid, self.table, self.log)

    def arrange(self, size: Size, ranks: int, hidden: bool) -> None:
        """Lay out the screen of ``size`` cells anew; ``hidden``: it is too small for any pane."""
        height = size.height - len(self.board.lines) - KEY_BAR_HEIGHT
        self.layout = layout = plan_layout(size.width, height, ranks, self.chosen, self.zoomed)
        heights = {self.grid: layout.charts, self.table: layout.ranks, self.log: layout.log}
        for widget, lines in heights.items():
            widget.display = lines > 0 and not hidden
            widget.styles.height = max(lines, 1)
        self.tabs.display = layout.tabs and not hidden
        self.grid.lay_out(layout.columns, layout.rows)

    def choose(self, pane: Pane) -> None:
        """Take another pane for a terminal that has room for one only."""
        self.chosen = pane
        self.zoomed &= pane is Pane.CHARTS
        self.tabs.current = pane.value

    def focus(self) -> None:
        """Give the chosen pane the focus."""
        targets: dict[Pane, Widget] = {
            Pane.CHARTS: self.grid.charts[0],
            Pane.RANKS: self.table,
            Pane.LOG: self.log.view,
        }
        targets[self.chosen].focus()

    def show_head(self, snapshot: Snapshot, now: float, width: int) -> bool:
        """Show the head as of ``now`` (Unix seconds); true when it has another height."""
        before = len(self.board.lines)
        self.board.show(board_lines(snapshot, now, self._seen_alerts, width))
        return len(self.board.lines) != before

    def acknowledge(self, snapshot: Snapshot) -> None:
        """Show the worst alert no more."""
        unseen = (alert.id for alert in snapshot.alerts if alert.id not in self._seen_alerts)
        self._seen_alerts.update(list(unseen)[:1])

    def show_ranks(self, snapshot: Snapshot, now: float) -> None:
        """Show the rank table as of ``now`` (Unix seconds)."""
        self.table.show(rank_rows(snapshot.state, snapshot.ranks, snapshot.npus, now))

    def show_log(self, logs: RunLogs, rank: int | None) -> None:
        """Show the log of one rank, or (``None``) of all."""
        self.log.show(logs.source(rank), rank_words(rank))
