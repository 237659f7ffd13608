"""The chart widget: what is shown of a :class:`ChartData`, and how keys and the mouse move through it."""

from __future__ import annotations

from dataclasses import replace

from textual import events
from textual.message import Message as TextualMessage
from textual.strip import Strip

from console.tui.theme import SERIES_COUNT
from console.tui.widgets.chart.contents import ChartData
from console.tui.widgets.chart.geometry import ChartView, Geometry, plan_geometry
from console.tui.widgets.chart.overlay import Inks
from console.tui.widgets.chart.paint import paint_chart
from console.tui.widgets.painted import Painted

ZOOM_STEP = 1.5
SMALLEST_WINDOW = 1e-6
"""Share of the whole axis below which zooming in ends."""


class Chart(Painted, can_focus=True):
    """One chart. Zooming, panning and the cursor are told to the screen by messages, which then sets the
    :class:`ChartView` of all its charts, so that they move together."""

    DEFAULT_CSS = "Chart { min-height: 3; min-width: 16; }"

    class CursorMoved(TextualMessage):
        """The cursor was put at ``x`` (in axis units), or taken away (``None``)."""

        def __init__(self, chart: Chart, x: float | None) -> None:
            super().__init__()
            self.chart, self.x = chart, x

        @property
        def control(self) -> Chart:
            """The chart that was used."""
            return self.chart

    class WindowChanged(TextualMessage):
        """Another part of the x axis is wanted, or (``None``) all of it."""

        def __init__(self, chart: Chart, window: tuple[float, float] | None) -> None:
            super().__init__()
            self.chart, self.window = chart, window

        @property
        def control(self) -> Chart:
            """The chart that was used."""
            return self.chart

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(widget_id)
        self.data = ChartData("")
        self.view = ChartView()
        self._geometry: Geometry | None = None
        self._inks: Inks | None = None
        self._drag: tuple[int, tuple[float, float]] | None = None

    def show(self, data: ChartData) -> None:
        """Draw ``data`` from now on."""
        if data != self.data:
            if data.title != self.data.title:
                self._geometry = None
            self.data = data
            self.invalidate()

    def set_view(self, view: ChartView) -> None:
        """Put the cursor, the shown part of the x axis, and the kind of the axes."""
        if view != self.view:
            self.view = view
            self.invalidate()

    @property
    def x_range(self) -> tuple[float, float]:
        """The part of the x axis that is shown."""
        return self.view.window or self.data.x_range

    def move_cursor(self, cells: int) -> None:
        """Move the cursor by columns; it starts at the newest point."""
        geometry = self._geometry
        newest = max((curve.points.x[-1] for curve in self.data.curves if curve.points.x), default=None)
        if geometry is None or newest is None:
            return
        if self.view.cursor is None:
            column = geometry.column(newest) + min(cells, 0)
        else:
            column = geometry.column(self.view.cursor) + cells
        column = min(max(column, 0), geometry.columns - 1)
        self.post_message(self.CursorMoved(self, geometry.x_at(column)))

    def drop_cursor(self) -> None:
        """Take the cursor away and show the whole axis."""
        self.post_message(self.CursorMoved(self, None))
        self.post_message(self.WindowChanged(self, None))

    def zoom(self, factor: float, around: float | None = None) -> None:
        """Show ``1 / factor`` of the present part of the axis, keeping ``around`` where it is.

        Without ``around`` that is the cursor, or the newest end when there is none.
        """
        low, high = self.x_range
        centre = next(at for at in (around, self.view.cursor, high) if at is not None)
        share = (centre - low) / (high - low) if high > low else 0.5
        span = (high - low) / factor
        self._ask_window(centre - span * share, centre + span * (1 - share))

    def pan(self, share: float) -> None:
        """Shift the shown part by a share of its width; positive is towards newer points."""
        low, high = self.x_range
        self._ask_window(low + (high - low) * share, high + (high - low) * share)

    def _ask_window(self, low: float, high: float) -> None:
        whole_low, whole_high = self.data.x_range
        whole = whole_high - whole_low
        span = min(high - low, whole)
        if span >= 0.999 * whole:
            self.post_message(self.WindowChanged(self, None))
        elif span > SMALLEST_WINDOW * whole:
            low = min(max(low, whole_low), whole_high - span)
            self.post_message(self.WindowChanged(self, (low, low + span)))

    def _pointed(self, x: int) -> float | None:
        """The axis value under widget column ``x``."""
        return self._geometry.x_at(x - self._geometry.left) if self._geometry else None

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Zoom in on the pointer."""
        event.stop()
        self.zoom(ZOOM_STEP, self._pointed(event.x))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Zoom out from the pointer."""
        event.stop()
        self.zoom(1 / ZOOM_STEP, self._pointed(event.x))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the plot."""
        self._drag = (event.x, self.x_range)
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Pan with the pointer."""
        if self._drag is not None and self._geometry is not None and event.x != self._drag[0]:
            start, (low, high) = self._drag
            shift = (start - event.x) * (high - low) / self._geometry.columns
            self._ask_window(low + shift, high + shift)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go of the plot; a click without a drag puts the cursor."""
        self.release_mouse()
        clicked = self._drag is not None and self._drag[0] == event.x
        self._drag = None
        geometry = self._geometry
        if clicked and geometry and 0 <= event.x - geometry.left < geometry.columns and self.data.curves:
            self.post_message(self.CursorMoved(self, self._pointed(event.x)))

    def on_click(self, event: events.Click) -> None:
        """A double click shows the whole axis again."""
        if event.chain == 2:
            self.drop_cursor()

    def on_focus(self) -> None:
        """Mark the frame."""
        self._inks = None
        self.invalidate()

    def on_blur(self) -> None:
        """Unmark the frame."""
        self._inks = None
        self.invalidate()

    def notify_style_update(self) -> None:
        """The theme changed."""
        self._inks = None
        super().notify_style_update()

    def paint(self, width: int, height: int) -> list[Strip]:
        """The whole chart; the y axis stays as it was while it still fits the data well."""
        self._inks = self._inks or self._make_inks()
        view = replace(self.view, window=self.x_range)
        self._geometry = plan_geometry(self.data, view, width, height, before=self._geometry)
        return paint_chart(self.data, view, self._geometry, self._inks)

    def _make_inks(self) -> Inks:
        series = [f"series-{slot + 1}" for slot in range(SERIES_COUNT)]
        return Inks(
            base=self.ink("foreground"),
            frame=self.ink("primary" if self.has_focus else "line"),
            title=self.ink("foreground", bold=True),
            muted=self.ink("muted"),
            grid=self.ink("grid"),
            alarm=self.ink("error", bold=True),
            target=self.ink("accent"),
            cursor=self.ink("primary"),
            front=tuple(self.ink(name) for name in series),
            back=tuple(self.ink(name, faint=0.6) for name in series),
        )
