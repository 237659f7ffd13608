"""A machine as plain data, so that planning on it is pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from console.i18n import Message

FIRST_GENERATION = frozenset({"910A", "910B", "910ProA", "910ProB", "910PremiumA"})
"""Chips of the first generation of the Ascend 910. ``910B1`` to ``910B4`` are the second."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """An interpreter engines can run under, with what lies installed beside it, found without importing it.

    ``packages`` maps distribution names in lower case (``tensorflow``, ``npu-bridge``, …) to versions.
    ``name`` is short and unique on this host (``tf2.21``, ``tf1.15``).
    """

    name: str
    python: Path
    python_version: str
    packages: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NpuDevice:
    """One NPU of the host; ``busy_with`` names the process that holds it, ``None`` where none is known.

    ``device_id`` is the physical number, as in ``/dev/davinciN`` and in rank tables. ``logical_id`` is the
    number the driver's programming interface gives it, which differs in a container that holds only some.
    """

    device_id: int
    name: str
    busy_with: str | None = None
    device_ip: str | None = None
    logical_id: int | None = None


def is_first_generation(device: NpuDevice) -> bool:
    """True for chips known to be of the first generation; a name that is not known proves nothing."""
    return device.name.removeprefix("Ascend").strip() in FIRST_GENERATION


@dataclass(frozen=True, slots=True)
class Host:
    """The facts of this machine that planning needs, collected beforehand so that planning stays pure.

    ``memory_total`` and ``disk_free`` are in bytes. ``runs_dir_problem`` says why the run folders cannot be
    written, ``npu_problem`` why the devices could not be asked for. ``hccl_base_port`` is the first of 32
    free ports for the collectives of the NPUs. ``cpu_bfloat16`` says whether the processor has instructions
    for bfloat16, ``None`` where that is not known. ``now`` and ``existing_runs`` make the run's name.
    """

    name: str
    cpu_ids: tuple[int, ...]
    npus: tuple[NpuDevice, ...]
    runtimes: tuple[Runtime, ...]
    free_ports: tuple[int, ...]
    runs_dir: Path
    disk_free: int | None
    engines_dir: Path
    memory_total: int | None = None
    runs_dir_problem: Message | None = None
    npu_problem: Message | None = None
    hccl_base_port: int | None = None
    cpu_bfloat16: bool | None = None
    now: datetime | None = None
    existing_runs: frozenset[str] = frozenset()
