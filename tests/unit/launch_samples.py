"""Hosts and profiles for the planner's tests: plain data, as planning reads nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from console.catalog.data.checks.report import DataReport, Depth
from console.catalog.datasets import Dataset
from console.catalog.loader import load_catalog
from console.catalog.profile import ExternalCommand, LocalizedText, Profile
from console.launch.findings import Finding, Level
from console.launch.machine.host import Host, NpuDevice, Runtime
from console.launch.options.choices import Choices
from console.launch.plan import LaunchPlan
from console.launch.planner import plan
from console.locations import profiles_dir

TF1 = Runtime(
    "tf1.15", Path("/opt/tf1/bin/python3"), "3.7.5", {"tensorflow": "1.15.0", "npu-bridge": "1.15.0"}
)
TF26 = Runtime("tf2.6", Path("/opt/tf26/bin/python3"), "3.9.9", {"tensorflow": "2.6.5"})
TF2 = Runtime(
    "tf2.21", Path("/opt/tf2/bin/python3"), "3.11.7", {"tensorflow": "2.21.0", "torch": "2.13.0+cpu"}
)
BARE = Runtime("py3.12", Path("/usr/bin/python3"), "3.12.1", {})

ALEXNET = load_catalog([profiles_dir()]).get("alexnet")
DIGITS = Dataset(
    "digits",
    LocalizedText("Digits", "数字"),
    ("slim-tfrecord",),
    10,
    1437,
    360,
    builtin=True,
    folder=Path("/home/li/data/digits"),
)
IMAGENET = Dataset(
    "imagenet", LocalizedText("ImageNet", "ImageNet"), ("slim-tfrecord",), 1000, 1281167, 50000
)

CPU_HOST = Host(
    name="node-a",
    cpu_ids=(0, 1, 2, 3, 4, 5, 6, 7),
    npus=(),
    runtimes=(TF2, BARE),
    free_ports=tuple(range(20000, 20032)),
    runs_dir=Path("/home/li/runs"),
    disk_free=500 * 2**30,
    engines_dir=Path("/opt/console/engines"),
    memory_total=64 * 2**30,
    now=datetime(2026, 11, 21, 9, 32),
)


def npus(count: int = 8, name: str = "910A", busy: dict[int, str] | None = None) -> tuple[NpuDevice, ...]:
    """Devices 0 … count-1 with addresses."""
    return tuple(
        NpuDevice(
            number, name, (busy or {}).get(number), f"192.168.{100 + number % 4}.{100 + number // 4}", number
        )
        for number in range(count)
    )


NPU_HOST = replace(CPU_HOST, npus=npus(), runtimes=(TF1, TF2, BARE), hccl_base_port=60000)


def sound(folder: Path) -> DataReport:
    """What a check says of a whole data set."""
    return DataReport(folder, "slim-tfrecord", Depth.SAMPLED, (), 1437, 360, 4, 2)


def make(
    choices: Choices | None = None,
    host: Host = CPU_HOST,
    profile: Profile = ALEXNET,
    known: Dataset | None = DIGITS,
    data: DataReport | None = None,
    **chosen: object,
) -> LaunchPlan:
    """Plan AlexNet on digits, with the choices in ``chosen``; ``known`` is the data set they name."""
    choices = replace(choices or Choices(profile=profile.name), **chosen)  # type: ignore[arg-type]
    return plan(profile, choices, host, known, data)


def keys(made: LaunchPlan, level: Level) -> set[tuple[str, str]]:
    """Subject and message key of the findings of a level."""
    return {(one.subject, one.message.key) for one in made.findings if one.level is level}


def only_error(made: LaunchPlan) -> Finding:
    """The one error of a plan, which must be blocked by it."""
    errors = [one for one in made.findings if one.level is Level.ERROR]
    assert len(errors) == 1, [str(one.message) for one in errors]
    assert made.blocked
    assert made.ranks == ()
    return errors[0]


def external(**changes: object) -> Profile:
    """A profile of a training script of the user's own."""
    command = ExternalCommand(
        argv=("{python}", "train.py", "--data={data_dir}", "--rank={rank}/{world_size}", '{"x": {device}}'),
        cwd=Path("/home/li/net"),
        env={"OUTPUT": "{run_dir}/out"},
    )
    mine = replace(
        ALEXNET,
        name="mine",
        engine=None,
        command=command,
        framework="torch",
        runtimes=(),
        adapters=(),
        datasets=(),
    )
    return replace(mine, **changes)  # type: ignore[arg-type]
