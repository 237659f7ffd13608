"""The environment of each rank's process, and the cores it may use.

The variables are those of the Ascend stack (HCCL rank table and adapter), of TensorFlow's ``TF_CONFIG`` and
of ``torch.distributed``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from console.catalog.profile import Backend
from console.hosts.ports import HCCL_BASE_PORT, LOOPBACK
from console.launch.machine.host import NpuDevice

HCCL_CONNECT_TIMEOUT = 600
"""Seconds ranks wait for one another; compiling the graph takes minutes and differs from rank to rank."""

RANK_TABLE_NAME = "rank_table.json"


@dataclass(frozen=True, slots=True)
class World:
    """All ranks of a launch: ``devices`` in rank order, empty on CPU; ``ports`` to meet on, one per rank."""

    size: int
    backend: Backend
    framework: str
    run_dir: Path
    job_id: str
    devices: tuple[NpuDevice, ...] = ()
    ports: tuple[int, ...] = ()
    threads: int | None = None
    hccl_base_port: int | None = None

    def device(self, rank: int) -> int:
        """The physical number of a rank's device; on CPU its own number stands for it."""
        return self.devices[rank].device_id if self.devices else rank


def rank_environment(world: World, rank: int) -> dict[str, str]:
    """The variables to add for one rank."""
    device = world.devices[rank] if world.devices else None
    logical = rank if device is None else device.device_id if device.logical_id is None else device.logical_id
    environment = {
        "RANK_ID": str(rank),
        "RANK_SIZE": str(world.size),
        "DEVICE_ID": str(logical),
        "ASCEND_DEVICE_ID": str(logical),
        "DEVICE_INDEX": str(world.device(rank)),
        "JOB_ID": world.job_id,
        "PYTHONUNBUFFERED": "1",
    }
    if world.framework == "tensorflow":
        environment["TF_CPP_MIN_LOG_LEVEL"] = "1"
    if world.framework == "torch":
        environment |= _torch(world, rank)
    if world.backend is Backend.NPU:
        return environment | _npu(world, rank)
    if world.size > 1 and world.framework == "tensorflow":
        environment["TF_CONFIG"] = _tf_config(world, rank)
    if world.threads is not None:
        environment["OMP_NUM_THREADS"] = str(world.threads)
    return environment


def npu_log_dir(run_dir: Path, rank: int) -> Path:
    """The folder of the Ascend stack's logs of one rank."""
    return run_dir / "plog" / f"rank-{rank}"


def npu_work_dir(run_dir: Path, rank: int) -> Path:
    """The folder of whatever else the Ascend stack writes for one rank."""
    return run_dir / "ascend" / f"rank-{rank}"


def cores_of_rank(cpu_ids: Sequence[int], rank: int, world_size: int) -> tuple[int, ...]:
    """The rank's equal share of the processors: k*c/n … (k+1)*c/n - 1 for rank k of n, at least one."""
    count = len(cpu_ids)
    first, end = rank * count // world_size, (rank + 1) * count // world_size
    return tuple(cpu_ids[first : max(end, first + 1)])


def threads_per_rank(cores: int, world_size: int) -> int:
    """An equal share of the cores, at least one."""
    return max(1, cores // world_size)


def _npu(world: World, rank: int) -> dict[str, str]:
    environment = {
        "ASCEND_PROCESS_LOG_PATH": str(npu_log_dir(world.run_dir, rank)),
        "ASCEND_WORK_PATH": str(npu_work_dir(world.run_dir, rank)),
    }
    if world.size > 1:
        environment["RANK_TABLE_FILE"] = str(world.run_dir / RANK_TABLE_NAME)
        environment["HCCL_CONNECT_TIMEOUT"] = str(HCCL_CONNECT_TIMEOUT)
        if world.hccl_base_port not in (None, HCCL_BASE_PORT):
            environment["HCCL_IF_BASE_PORT"] = str(world.hccl_base_port)
    return environment


def _torch(world: World, rank: int) -> dict[str, str]:
    environment = {"RANK": str(rank), "WORLD_SIZE": str(world.size), "LOCAL_RANK": str(rank)}
    if world.ports:
        environment |= {"MASTER_ADDR": LOOPBACK, "MASTER_PORT": str(world.ports[0])}
    return environment


def _tf_config(world: World, rank: int) -> str:
    workers = [f"{LOOPBACK}:{port}" for port in world.ports[: world.size]]
    return json.dumps({"cluster": {"worker": workers}, "task": {"type": "worker", "index": rank}})
