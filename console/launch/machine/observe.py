"""Observing this machine for the planner; what takes long is remembered for a while."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psutil

from console.hosts.hccn import read_hccn
from console.hosts.machine import disk_usage, memory_total, nearest_existing, usable_cpu_ids
from console.hosts.npu_smi import ask_npu_smi
from console.hosts.port_search import free_hccl_base_port, free_ports
from console.hosts.processor import computes_in_bfloat16
from console.hosts.readings import NpuChip, NpuProcess, NpuReport
from console.i18n import Message
from console.launch.findings import message
from console.launch.machine.folders import names_in
from console.launch.machine.host import Host, NpuDevice
from console.launch.machine.runtimes import discover_runtimes
from console.locations import engines_dir, runs_dir

NPU_AGE = 10.0
"""Seconds for which the state of the NPUs is believed; asking takes several."""
PORTS_PER_CORE = 4
MIN_PORTS = 16
MAX_PORTS = 256

_DAVINCI = re.compile(r"davinci(\d+)")


def observe_host() -> Host:
    """This machine as it is now. May take seconds on a host with NPUs: not for a thread that draws."""
    folder = runs_dir()
    npus, problem = _KNOWN.npus()
    disk = disk_usage(folder)
    cpu_ids = usable_cpu_ids()
    return Host(
        name=socket.gethostname(),
        cpu_ids=cpu_ids,
        npus=npus,
        runtimes=discover_runtimes(),
        free_ports=_KNOWN.ports(min(max(PORTS_PER_CORE * len(cpu_ids), MIN_PORTS), MAX_PORTS)),
        runs_dir=folder,
        disk_free=disk[0] if disk else None,
        engines_dir=engines_dir(),
        memory_total=memory_total(),
        runs_dir_problem=_writing_problem(folder),
        npu_problem=problem,
        hccl_base_port=free_hccl_base_port() if npus else None,
        cpu_bfloat16=computes_in_bfloat16(),
        now=datetime.now(),
        existing_runs=frozenset(names_in(folder)),
    )


def npu_devices(report: NpuReport, addresses: dict[int, str]) -> tuple[NpuDevice, ...]:
    """The devices of a report, by physical id; their logical ids are their places in that order."""
    chips = sorted(report.chips, key=physical_id)
    return tuple(
        NpuDevice(
            device_id=physical_id(chip),
            name=chip.name,
            busy_with=_holders(chip, report),
            device_ip=addresses.get(physical_id(chip)),
            logical_id=index,
        )
        for index, chip in enumerate(chips)
    )


def physical_id(chip: NpuChip) -> int:
    """The N of the chip's ``/dev/davinciN``: printed on cards with two chips, else the card's number."""
    if chip.phy_id is not None:
        return chip.phy_id
    return chip.npu_id if chip.device_id is None else chip.device_id


class _Known:
    """Earlier observations, shared by all threads of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: float | None = None
        self._npus: tuple[NpuDevice, ...] = ()
        self._problem: Message | None = None
        self._ports: tuple[int, ...] = ()

    def npus(self) -> tuple[tuple[NpuDevice, ...], Message | None]:
        """The devices and what is wrong with asking; only one thread asks at a time."""
        with self._lock:
            if self._asked is None or time.monotonic() - self._asked > NPU_AGE:
                self._npus, self._problem = _ask_npus()
                self._asked = time.monotonic()
            return self._npus, self._problem

    def ports(self, count: int) -> tuple[int, ...]:
        """Free ports: the same as before while they are, so that a preview stays what it is."""
        with self._lock:
            self._ports = free_ports(count, wanted=self._ports)
            return self._ports


_KNOWN = _Known()


def _ask_npus() -> tuple[tuple[NpuDevice, ...], Message | None]:
    """The devices by ``npu-smi``, or at least their numbers from the device files where it gives none."""
    answer = ask_npu_smi()
    addresses = read_hccn()
    if answer.report is not None:
        return npu_devices(answer.report, addresses), None
    ids = sorted(int(match[1]) for match in map(_DAVINCI.fullmatch, names_in(Path("/dev"))) if match)
    devices = tuple(
        NpuDevice(device_id=one, name="", device_ip=addresses.get(one), logical_id=index)
        for index, one in enumerate(ids)
    )
    return devices, answer.problem


def _holders(chip: NpuChip, report: NpuReport) -> str | None:
    """The processes on a chip, for a sentence: ``pid 4711 python, user li``."""
    here = [one for one in report.processes if (one.npu_id, one.chip_id) == (chip.npu_id, chip.chip_id)]
    return "; ".join(map(_describe, here)) or None


def _describe(process: NpuProcess) -> str:
    name, user = process.name, None
    # In a container the pid of the table is the host's, and may belong to somebody else here.
    with suppress(psutil.Error):
        seen = psutil.Process(process.pid)
        if name is None or seen.name().startswith(name[:15]):
            name, user = name or seen.name(), seen.username()
    words = f"pid {process.pid}" + (f" {name}" if name else "")
    return words + (f", user {user}" if user else "")


def _writing_problem(folder: Path) -> Message | None:
    """Why a run folder cannot be made in ``folder``, which need not exist yet."""
    existing = nearest_existing(folder)
    if not existing.is_dir():
        return message("home_not_a_folder", folder=existing)
    read_only = os.statvfs(existing).f_flag & os.ST_RDONLY
    if read_only or not os.access(existing, os.W_OK | os.X_OK, effective_ids=True):
        return message("home_not_writable", folder=existing)
    return None
