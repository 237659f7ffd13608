"""The part of the monitor that changes how the charts are looked at: axes, cursor, smoothing, pages."""

from __future__ import annotations

from dataclasses import replace

from textual import on

from console.metrics.store import SMOOTHING_WEIGHTS, XAxis
from console.runs.folder import RunFolder
from console.tui.monitor.asking import AskingScreen
from console.tui.monitor.chart_grid import CURSOR_LEAP, PAN_SHARE, ChartGrid
from console.tui.monitor.snapshot import Snapshot, View
from console.tui.session import Session


class LookingScreen(AskingScreen):
    """Keeps the :class:`View`; what it changes in it is read at once."""

    snapshot: Snapshot

    def __init__(self, session: Session, folder: RunFolder) -> None:
        super().__init__(session, folder)
        self.view = View()
        self.grid = ChartGrid()

    @property
    def step(self) -> int | None:
        """The step the run is at, as far as is known."""
        step = self.snapshot.latest.values.get("step")
        return None if step is None else int(step)

    def see(self, **changes: object) -> None:
        """Look at the run in another way."""
        view = replace(self.view, **changes)  # type: ignore[arg-type]
        if view != self.view:
            self.view = view
            self.look()

    def action_next_page(self) -> None:
        """The charts after these."""
        self.see(page=(self.view.page + 1) % self.snapshot.pages)

    def action_previous_page(self) -> None:
        """The charts before these."""
        self.see(page=(self.view.page - 1) % self.snapshot.pages)

    def action_x_axis(self) -> None:
        """Steps, epochs or time."""
        axes = list(XAxis)
        self.grid.forget_axis()
        self.see(x_axis=axes[(axes.index(self.view.x_axis) + 1) % len(axes)], window=None)

    def action_smooth(self) -> None:
        """The next stronger smoothing; after the strongest, none."""
        place = SMOOTHING_WEIGHTS.index(self.view.smoothing)
        self.see(smoothing=SMOOTHING_WEIGHTS[(place + 1) % len(SMOOTHING_WEIGHTS)])

    def action_log_y(self) -> None:
        """The current chart's y axis logarithmic, or linear again."""
        self.grid.toggle_log_y()

    def action_log_x(self) -> None:
        """All x axes logarithmic, or linear again."""
        self.grid.toggle_log_x()

    def action_cursor_left(self) -> None:
        """Move the cursor of all charts to the left."""
        self.grid.move_cursor(-1)

    def action_cursor_right(self) -> None:
        """Move the cursor of all charts to the right."""
        self.grid.move_cursor(1)

    def action_cursor_far_left(self) -> None:
        """Move the cursor of all charts far to the left."""
        self.grid.move_cursor(-CURSOR_LEAP)

    def action_cursor_far_right(self) -> None:
        """Move the cursor of all charts far to the right."""
        self.grid.move_cursor(CURSOR_LEAP)

    def action_zoom_in(self) -> None:
        """Show less of the x axis."""
        self.grid.zoom(inwards=True)

    def action_zoom_out(self) -> None:
        """Show more of the x axis."""
        self.grid.zoom(inwards=False)

    def action_pan_left(self) -> None:
        """Show earlier points."""
        self.grid.pan(-PAN_SHARE)

    def action_pan_right(self) -> None:
        """Show later points."""
        self.grid.pan(PAN_SHARE)

    def action_reset_view(self) -> None:
        """The whole x axis, without a cursor."""
        self.grid.reset()

    @on(ChartGrid.WindowChanged)
    def _read_window(self, event: ChartGrid.WindowChanged) -> None:
        self.see(window=event.window)
