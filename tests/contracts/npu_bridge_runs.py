"""Engines on the stand-in of ``npu_bridge``, started with the environment that the console gives NPU ranks."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from console.catalog.profile import Backend
from console.launch.machine.host import NpuDevice
from console.launch.rank_table import build_rank_table
from console.launch.ranks import RANK_TABLE_NAME, World, rank_environment
from tests.engines.engine_runs import EngineRun

STAND_INS = Path(__file__).parent / "stand_ins"


class NpuRun(EngineRun):
    """The ranks of one run, each on a device of its own, and what they asked of the adapter."""

    def __init__(
        self,
        run_dir: Path,
        flags: Sequence[str],
        ranks: int = 1,
        engine: str = "alexnet",
        first_device: int = 0,
        **additions: str,
    ) -> None:
        devices = tuple(
            NpuDevice(first_device + rank, "910B", device_ip=f"192.168.100.{101 + rank}")
            for rank in range(ranks)
        )
        self._world = World(ranks, Backend.NPU, "tensorflow", run_dir, "10087", devices)
        exchange = run_dir / "exchange"
        exchange.mkdir(parents=True)
        (run_dir / RANK_TABLE_NAME).write_text(json.dumps(build_rank_table("host", devices)))
        environment: dict[str, Any] = {
            "NPU_BRIDGE_CALLS": str(run_dir / "calls"),
            "NPU_BRIDGE_EXCHANGE": str(exchange),
            "PYTHONPATH": os.pathsep.join([str(STAND_INS), os.environ.get("PYTHONPATH", "")]),
            **additions,
        }
        super().__init__(run_dir, [*flags, "--backend=npu"], ranks, engine=engine, **environment)

    def rank_environment(self, rank: int, ports: Sequence[int]) -> dict[str, str]:
        launched = rank_environment(self._world, rank)
        return {name: value for name, value in launched.items() if name != "PYTHONUNBUFFERED"}

    def calls(self, rank: int = 0) -> list[dict[str, Any]]:
        """What a rank asked of the adapter, in order."""
        return [json.loads(line) for line in (self.run_dir / f"calls.{rank}").read_text().splitlines()]

    def named(self, call: str, rank: int = 0) -> list[dict[str, Any]]:
        """The details of each call of that name."""
        return [
            {key: value for key, value in made.items() if key != "call"}
            for made in self.calls(rank)
            if made["call"] == call
        ]

    def options(self, rank: int = 0) -> dict[str, Any]:
        """The options of the one session."""
        (session,) = self.named("session", rank)
        return dict(session["options"])
