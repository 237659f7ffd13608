"""The monitor screen: one run, live or ended."""

from console.tui.screens.monitor.screen import MonitorScreen

__all__ = ["MonitorScreen"]
