"""A console that has nothing but the monitor to draw, and what an operator sees on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen

from console.tui.app import ConsoleApp
from console.tui.monitor.charts.grid import ChartGrid
from console.tui.monitor.log.pane import LogPane
from console.tui.monitor.screen import MonitorScreen
from console.tui.widgets.chart.widget import Chart
from console.tui.widgets.rank_table import RankTable
from console.tui.widgets.status_board import StatusBoard
from tests.pilot.driving import StillApp, until


def _nothing() -> Screen[None]:
    return Screen()


class MonitorApp(StillApp):
    """The still console without its launch screen, whose checks would take longer than the tests here."""

    def mode_screens(self) -> dict[str, Callable[[], Screen[Any]]]:
        return {"launch": _nothing, "runs": _nothing}


class Watched:
    """A monitor on the screen, and what it shows."""

    def __init__(self, pilot: Pilot[None], screen: MonitorScreen) -> None:
        self.pilot, self.screen = pilot, screen

    async def until(self, condition: Callable[[], object], what: str) -> None:
        await until(self.pilot, condition, what)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    @property
    def app(self) -> ConsoleApp:
        assert isinstance(self.pilot.app, ConsoleApp)
        return self.pilot.app

    @property
    def head(self) -> str:
        board = self.screen.query_one(StatusBoard)
        return "\n".join(board.render_line(y).text for y in range(board.size.height))

    @property
    def charts(self) -> list[Chart]:
        return self.screen.query_one(ChartGrid).charts

    def chart_text(self, position: int = 0) -> str:
        chart = self.charts[position]
        return "\n".join(chart.render_line(y).text for y in range(chart.size.height))

    @property
    def log(self) -> str:
        view = self.screen.query_one(LogPane).view
        return "\n".join(view.render_line(y).text for y in range(view.size.height))

    @property
    def table(self) -> str:
        table = self.screen.query_one(RankTable)
        return "\n".join(table.render_line(y).text for y in range(table.size.height))

    @property
    def requests(self) -> list[dict[str, object]]:
        path = self.screen.folder.control_path
        return json.loads(path.read_text())["requests"] if path.exists() else []


def is_settled(screen: MonitorScreen) -> bool:
    """True when what is shown is what the screen asked for last."""
    snapshot = screen.snapshot
    return snapshot.state is not None and snapshot.view == screen.view
