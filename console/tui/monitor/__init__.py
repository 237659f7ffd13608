"""The monitor screen: one run, live or ended."""

from console.tui.monitor.screen import MonitorScreen

__all__ = ["MonitorScreen"]
