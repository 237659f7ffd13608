"""Driving the console in a test: waiting for what it shows, and one still host for pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from textual import events
from textual.pilot import Pilot

from console.hosts.readings import HostUsage
from console.launch.machine.host import Host, Runtime
from console.runs.state import RunSummary
from console.settings import Settings
from console.tui.app import ConsoleApp
from console.tui.clock import Clock
from console.tui.host_load import HostLoad
from console.tui.launch.form.field import Field
from console.tui.launch.form.view import FormView
from console.tui.launch.screen import LaunchScreen

DEADLINE = 60.0
NOON = datetime(2026, 5, 18, 12, 0).timestamp()

STILL_HOST = Host(
    name="node-a",
    cpu_ids=(0, 1),
    npus=(),
    runtimes=(
        Runtime("tf2.21", Path("/opt/py/bin/python3"), "3.11.7", {"tensorflow": "2.21.0", "numpy": "2.4.0"}),
    ),
    free_ports=tuple(range(30000, 30016)),
    runs_dir=Path("/home/li/ascend-console/runs"),
    disk_free=1_200_000_000_000,
    engines_dir=Path("/opt/ascend-console/engines"),
    memory_total=64 << 30,
    now=datetime(2026, 5, 18, 12, 0),
)


class StillApp(ConsoleApp):
    """The console on a host that never changes, at noon."""

    def __init__(self, runs: tuple[RunSummary, ...] = (), settings: Settings | None = None) -> None:
        super().__init__(Clock(lambda: NOON), settings or Settings())
        usage = HostUsage(12.0, 20 << 30, 64 << 30, 1_200_000_000_000, 2_000_000_000_000)
        session = self.session
        session.host.value = HostLoad("node-a", usage, STILL_HOST)
        session.runs.value = runs
        # Nothing is looked at again: load and runs stand still.
        session.host.look = lambda: None  # type: ignore[method-assign]
        session.runs.look = lambda **how: None  # type: ignore[method-assign]


async def until(pilot: Pilot[None], condition: Callable[[], object], what: str = "the condition") -> None:
    """Let the console work until ``condition`` holds; a generous deadline turns a hang into a failure."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        await pilot.pause(0.01)
    await pilot.pause()


def launch_screen(app: ConsoleApp) -> LaunchScreen:
    """The launch screen, which must be on top."""
    assert isinstance(app.screen, LaunchScreen)
    return app.screen


def field(app: ConsoleApp, name: str) -> Field:
    """A field of the launch form as it stands."""
    return app.screen.query_one(FormView).fields[name]


async def until_planned(pilot: Pilot[None]) -> LaunchScreen:
    """Wait until the checks of what stands in the form are done."""
    app = pilot.app
    assert isinstance(app, ConsoleApp)
    await until(pilot, lambda: isinstance(app.screen, LaunchScreen) and app.screen.checked, "a plan")
    return launch_screen(app)


async def go_to(pilot: Pilot[None], name: str) -> None:
    """Put the form's cursor on a field."""
    view = pilot.app.screen.query_one(FormView)
    view.focus()
    view.cursor = name
    await pilot.pause()


async def type_into(pilot: Pilot[None], name: str, text: str) -> None:
    """Give a text field another value, as an operator does by pasting: Enter, paste over it, Enter."""
    await go_to(pilot, name)
    await pilot.press("enter")
    await pilot.pause()
    pilot.app.post_message(events.Paste(text))
    await pilot.pause()
    await pilot.press("enter")
    await pilot.pause()
