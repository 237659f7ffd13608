"""The line of tabs on terminals too small to show all panes at once."""

from __future__ import annotations

from textual.strip import Strip

from console.i18n import t
from console.tui.screens.monitor.layout import Pane
from console.tui.widgets.painted import Painted, Runs


class MonitorTabs(Painted):
    """Names the panes; the shown one stands out, the others can be clicked."""

    DEFAULT_CSS = "MonitorTabs { height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._shown = Pane.CHARTS

    def show(self, pane: Pane) -> None:
        """Mark the shown pane."""
        self._shown = pane
        self.invalidate()

    def relabel(self) -> None:
        """Another language."""
        self.invalidate()

    def paint(self, width: int, height: int) -> list[Strip]:
        """One line."""
        line = Runs()
        base = self.ink("muted")
        line.add(" ", base)
        for pane in Pane:
            text = f" {t(f'monitor.pane_{pane.value}')} "
            if pane is self._shown:
                line.add(text, self.ink("primary", bold=True, reverse=True))
            else:
                line.add(text, self.ink("foreground", click=f"screen.show_pane('{pane.value}')"))
            line.add(" ", base)
        return [line.strip(width, base)]
