"""The grid of charts: one cursor, one part of the x axis and one page for all of them."""

from __future__ import annotations

from collections.abc import Iterator

from textual import on
from textual.containers import Grid
from textual.message import Message as TextualMessage

from console.tui.monitor.snapshot import Snapshot
from console.tui.widgets.chart.geometry import ChartView
from console.tui.widgets.chart.widget import Chart

MOST_CHARTS = 9
"""Charts on one page at most."""

CURSOR_LEAP = 10
"""Columns the cursor moves at a time when in a hurry."""

ZOOM_STEP = 1.5
PAN_SHARE = 0.25
EDGES = 10
"""Columns of a chart that are not plot, about."""


class ChartGrid(Grid):
    """Shows the charts of a :class:`Snapshot`. What it needs read anew it tells by :class:`WindowChanged`."""

    DEFAULT_CSS = """
    ChartGrid { grid-gutter: 0; }
    ChartGrid > Chart { width: 1fr; height: 1fr; }
    """

    class WindowChanged(TextualMessage):
        """Another part of the x axis is to be read (``None``: all of it)."""

        def __init__(self, window: tuple[float, float] | None) -> None:
            super().__init__()
            self.window = window

    def __init__(self) -> None:
        super().__init__()
        self.window: tuple[float, float] | None = None
        self.cursor: float | None = None
        self._log_x = False
        self._log_y: set[str] = set()
        self._keys: tuple[str, ...] = ()
        self._charts = [Chart() for _ in range(MOST_CHARTS)]
        self._count = 0

    def compose(self) -> Iterator[Chart]:
        """As many charts as any page has; those that are not needed stay hidden."""
        yield from self._charts

    @property
    def charts(self) -> list[Chart]:
        """The charts in sight."""
        return self._charts[: self._count]

    def lay_out(self, columns: int, rows: int) -> None:
        """Take another number of columns and rows."""
        self._count = columns * rows
        self.styles.grid_size_columns, self.styles.grid_size_rows = columns, rows
        for position, chart in enumerate(self._charts):
            chart.display = position < self._count

    def dot_columns(self, columns: int) -> int:
        """Dot columns of one chart of ``columns`` side by side."""
        return max((self.app.size.width // columns - EDGES) * 2, 2)

    def show(self, snapshot: Snapshot) -> None:
        """Show other data."""
        self._keys = snapshot.chart_keys
        for chart, data in zip(self.charts, snapshot.charts, strict=False):
            chart.show(data)
        self._set_views()

    def _set_views(self) -> None:
        for chart, key in zip(self.charts, self._keys, strict=False):
            chart.set_view(ChartView(self.cursor, self.window, key in self._log_y, self._log_x))

    @property
    def current(self) -> Chart:
        """The chart that has the focus, or the first one."""
        charts = self.charts
        return next((chart for chart in charts if chart.has_focus), charts[0])

    @property
    def current_position(self) -> int:
        """The place of :attr:`current` on the page, from 0."""
        return self.charts.index(self.current)

    def toggle_log_y(self) -> None:
        """Turn the current chart's y axis logarithmic, or back."""
        position = self.current_position
        if position < len(self._keys):
            self._log_y ^= {self._keys[position]}
            self._set_views()

    def toggle_log_x(self) -> None:
        """Turn every x axis logarithmic, or back."""
        self._log_x = not self._log_x
        self._set_views()

    def forget_axis(self) -> None:
        """The x axis counts something else now: cursor and part mean nothing any more."""
        self.cursor = self.window = None
        self._set_views()

    def move_cursor(self, columns: int) -> None:
        """Move the cursor of all charts by columns of the current one."""
        self.current.move_cursor(columns)

    def zoom(self, inwards: bool) -> None:
        """Show less or more of the x axis."""
        self.current.zoom(ZOOM_STEP if inwards else 1 / ZOOM_STEP)

    def pan(self, share: float) -> None:
        """Shift the shown part of the x axis by a share of its length."""
        self.current.pan(share)

    def reset(self) -> None:
        """The whole x axis, without a cursor."""
        self.current.drop_cursor()

    @on(Chart.CursorMoved)
    def _move_all_cursors(self, event: Chart.CursorMoved) -> None:
        event.stop()
        self.cursor = event.x
        self._set_views()

    @on(Chart.WindowChanged)
    def _move_all_windows(self, event: Chart.WindowChanged) -> None:
        event.stop()
        if event.window != self.window:
            self.window = event.window
            self._set_views()
            self.post_message(self.WindowChanged(event.window))
