"""The load of this host, and its words in the header. What is not known is said to be not known."""

from __future__ import annotations

import dataclasses
import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.app import App

from console.i18n import t
from console.i18n.sizes import bytes_text
from console.locations import runs_dir
from console.tui.notifier import Notifier
from console.tui.observable import Observable

if TYPE_CHECKING:
    from console.hosts.machine import HostMeter
    from console.hosts.readings import HostUsage
    from console.launch.machine.host import Host


@dataclass(frozen=True, slots=True)
class HostLoad:
    """The host at one moment. ``host`` is ``None`` until the devices have been looked at."""

    name: str
    usage: HostUsage
    host: Host | None = None


class HostWatch(Observable["HostLoad | None"]):
    """The newest reading of this host; ``None`` until there has been a first one."""

    def __init__(self, app: App[Any], notifier: Notifier) -> None:
        super().__init__(None)
        self._app = app
        self._notifier = notifier
        self._observed: Host | None = None
        self._meter: HostMeter | None = None
        self._reading = False

    def look(self) -> None:
        """Read the load off the event loop, unless an earlier reading still hangs."""
        if not self._reading:
            self._reading = True
            self._app.run_worker(self._read, thread=True, group="host")

    def _read(self) -> None:
        from console.hosts.machine import HostMeter

        self._meter = self._meter or HostMeter(runs_dir())
        try:
            load = HostLoad(platform.node(), self._meter.read(), self._observed)
        except Exception as error:
            self._app.call_later(self._notifier.report, error)  # Once: it is not tried again.
        else:
            self._app.call_later(self._take, load)

    def _take(self, load: HostLoad) -> None:
        self._reading = False
        self.value = load

    def take_observed(self, host: Host) -> None:
        """Keep what a plan's making observed of the host, and show its devices in the header."""
        self._observed = host
        if self.value is not None:
            self.value = dataclasses.replace(self.value, host=host)


def load_words(load: HostLoad) -> list[str]:
    """The header's words, the most telling first: devices, processor, memory, disk, name of the host."""
    usage = load.usage
    return [
        _devices(load.host),
        t("app.host_cpu", value=_percent(usage.cpu)),
        t("app.host_memory", value=_percent(100 * usage.memory_used / usage.memory_total)),
        t(
            "app.host_disk",
            value=t("app.not_known") if usage.disk_free is None else bytes_text(usage.disk_free),
        ),
        load.name,
    ]


def _devices(host: Host | None) -> str:
    if host is None or host.npu_problem is not None:
        return t("app.host_npus_not_known")
    if not host.npus:
        return t("app.host_cores", count=len(host.cpu_ids))
    free = sum(npu.busy_with is None for npu in host.npus)
    return t("app.host_npus", count=len(host.npus), free=free)


def _percent(value: float | None) -> str:
    return t("app.not_known") if value is None else f"{value:.0f}%"
