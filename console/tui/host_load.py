"""How loaded this host is, for the header: processor, memory and disk. Values that cannot be read are ``None``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from console.i18n import t
from console.launch.model import Host


@dataclass(frozen=True, slots=True)
class HostLoad:
    """One reading. ``cpu`` and ``memory`` are fractions 0..1, ``disk_free`` is bytes where runs are kept.

    ``npus`` and ``npus_free`` are counts, ``None`` until the devices have been looked at.
    """

    name: str
    cores: int | None = None
    npus: int | None = None
    npus_free: int | None = None
    cpu: float | None = None
    memory: float | None = None
    disk_free: int | None = None


class LoadMeter:
    """Reads the load; the processor's share is over the time since the previous reading, so the first has none."""

    def __init__(self) -> None:
        self._primed = False

    def read(self, host: Host | None, folder: Path) -> HostLoad:
        """Read now. Blocks for about a millisecond; call it off the event loop."""
        import platform

        import psutil

        busy = psutil.cpu_percent(interval=None)
        cpu = busy / 100 if self._primed else None
        self._primed = True
        return HostLoad(
            name=host.name if host else platform.node(),
            cores=psutil.cpu_count(),
            npus=len(host.npus) if host else None,
            npus_free=sum(npu.busy_with is None for npu in host.npus) if host else None,
            cpu=cpu,
            memory=psutil.virtual_memory().percent / 100,
            disk_free=_disk_free(folder),
        )


def _disk_free(folder: Path) -> int | None:
    import psutil

    existing = next((one for one in (folder, *folder.parents) if one.exists()), Path("/"))
    try:
        return int(psutil.disk_usage(str(existing)).free)
    except OSError:
        return None


def load_parts(load: HostLoad) -> list[str]:
    """The header's words, the most telling first: devices, processor, memory, disk, host name."""
    parts = [_devices(load)]
    parts += [
        t("app.host_cpu", value=_percent(load.cpu)),
        t("app.host_memory", value=_percent(load.memory)),
        t("app.host_disk", value=_bytes(load.disk_free)),
    ]
    return [*parts, load.name]


def _devices(load: HostLoad) -> str:
    if load.npus:
        return t("app.host_npus", count=load.npus, free=load.npus_free)
    return t("app.host_cores", count=load.cores or t("app.not_known"))


def _percent(fraction: float | None) -> str:
    return t("app.not_known") if fraction is None else f"{fraction:.0%}"


def _bytes(count: int | None) -> str:
    from console.tui.wording import bytes_text

    return t("app.not_known") if count is None else bytes_text(count)
