"""The figures that ``npu-smi`` and the operating system give of a host, as plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NpuChip:
    """One chip's two rows of the ``npu-smi info`` table; ``None`` where the tool prints no value.

    ``npu_id`` is the card, ``chip_id`` the chip on it, ``phy_id`` the number of ``/dev/davinciN`` where the
    layout has that column and ``device_id`` the one of the 310 series' layout. ``power`` is in watts,
    ``temperature`` in degrees Celsius, ``aicore`` in percent, memories in MB, huge pages in pages.
    """

    npu_id: int
    chip_id: int
    phy_id: int | None
    device_id: int | None
    name: str
    health: str
    power: float | None
    temperature: int | None
    hugepages_used: int | None
    hugepages_total: int | None
    bus_id: str | None
    aicore: int | None
    memory_used: int | None
    memory_total: int | None
    hbm_used: int | None
    hbm_total: int | None


@dataclass(frozen=True, slots=True)
class NpuProcess:
    """A process that holds a chip. ``pid`` is the host's, ``memory`` in MB; ``None`` is not told."""

    npu_id: int
    chip_id: int
    pid: int
    name: str | None
    memory: int | None
    container_pid: int | None = None


@dataclass(frozen=True, slots=True)
class NpuReport:
    """One answer of ``npu-smi info``. ``idle_npus`` are the cards it says run no process."""

    tool_version: str | None
    driver_version: str | None
    chips: tuple[NpuChip, ...]
    processes: tuple[NpuProcess, ...]
    idle_npus: tuple[int, ...]
    has_process_table: bool


@dataclass(frozen=True, slots=True)
class HostUsage:
    """The host's load at one moment: ``cpu`` in percent of all processors, sizes in bytes.

    ``cpu`` is ``None`` on the first reading, since it is a difference of two.
    """

    cpu: float | None
    memory_used: int
    memory_total: int
    disk_free: int | None
    disk_total: int | None
