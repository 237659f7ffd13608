"""What the header tells of this host. What is not known is said to be not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.i18n import t
from console.i18n.sizes import bytes_text

if TYPE_CHECKING:
    from console.hosts.readings import HostUsage
    from console.launch.plan import Host


@dataclass(frozen=True, slots=True)
class HostLoad:
    """The host at one moment. ``host`` is ``None`` until the devices have been looked at."""

    name: str
    usage: HostUsage
    host: Host | None = None


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
