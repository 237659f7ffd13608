"""Where the panes of the monitor go: a pure decision on the size of the terminal and the number of ranks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

TABBED_BELOW = (100, 30)
"""Narrower or lower than this, one pane is shown at a time."""

WIDE_FROM = 170
"""From this width on there are three columns of charts."""

LOWEST_CHART = 7
LOWEST_LOG = 6
TABLE_FRAME = 3
LOG_SHARE = 0.33
MOST_CHARTS = 9


class Pane(Enum):
    """The three parts of the screen."""

    CHARTS = "charts"
    RANKS = "ranks"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Layout:
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


def plan_layout(width: int, height: int, ranks: int, pane: Pane, zoomed: bool) -> Layout:
    """Lay out ``width × height`` cells, the head and the key bar not counted."""
    if width < TABBED_BELOW[0] or height < TABBED_BELOW[1] - 3:
        return _tabbed(width, height - 1, pane, zoomed)
    if zoomed:
        return Layout(False, 1, 1, height, 0, 0)
    table = min(max(ranks, 1), max(height // 4, 2)) + TABLE_FRAME
    log = max(round((height - table) * LOG_SHARE), LOWEST_LOG)
    charts = height - table - log
    return Layout(False, _columns(width), _rows(charts), charts, table, log)


def _tabbed(width: int, height: int, pane: Pane, zoomed: bool) -> Layout:
    columns, rows = (1, 1) if zoomed else (_columns(width), min(_rows(height), 2))
    heights = {one: height if one is pane else 0 for one in Pane}
    return Layout(True, columns, rows, heights[Pane.CHARTS], heights[Pane.RANKS], heights[Pane.LOG])


def _columns(width: int) -> int:
    return 3 if width >= WIDE_FROM else 2 if width >= 70 else 1


def _rows(height: int) -> int:
    return max(min(height // LOWEST_CHART, 3 if height >= 36 else 2), 1)
