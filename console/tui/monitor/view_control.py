"""The view of the charts — page, axes, smoothing, rank — and the ways to change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from console.metrics.store import SMOOTHING_WEIGHTS, XAxis
from console.tui.monitor.charts.grid import ChartGrid
from console.tui.monitor.snapshot import View


class ViewControl:
    """Keeps the :class:`View`; ``look`` is called at every change, to have the run read for it at once."""

    def __init__(self, grid: ChartGrid, look: Callable[[], object]) -> None:
        self.view = View()
        self._grid = grid
        self._look = look

    def see(self, **changes: object) -> None:
        """Look at the run in another way; ``changes`` are fields of :class:`View`."""
        view = replace(self.view, **changes)  # type: ignore[arg-type]
        if view != self.view:
            self.view = view
            self._look()

    def turn_page(self, by: int, pages: int) -> None:
        """Go on or back among ``pages`` pages of charts; after the last comes the first."""
        self.see(page=(self.view.page + by) % pages)

    def next_x_axis(self) -> None:
        """Steps, epochs, time in turn."""
        axes = list(XAxis)
        self._grid.forget_axis()
        self.see(x_axis=axes[(axes.index(self.view.x_axis) + 1) % len(axes)], window=None)

    def next_smoothing(self) -> None:
        """The next stronger smoothing; after the strongest, none."""
        place = SMOOTHING_WEIGHTS.index(self.view.smoothing)
        self.see(smoothing=SMOOTHING_WEIGHTS[(place + 1) % len(SMOOTHING_WEIGHTS)])
