"""The planner's input and output, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path

from console.catalog.profile import Backend, ParameterValue, PublishedResult
from console.i18n import Message


class Level(str, Enum):
    """How much a preflight finding matters. An ``ERROR`` blocks the launch."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One preflight result: ``subject`` is the field it belongs to (``devices``, a parameter's name, …)."""

    level: Level
    subject: str
    message: Message
    remedy: Message | None = None


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


@dataclass(frozen=True, slots=True)
class Host:
    """What the planner needs to know of this machine, collected beforehand so that planning stays pure.

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


@dataclass(frozen=True, slots=True)
class OverflowDump:
    """Check every step for non-finite values and write the offending tensors."""

    stop_on_overflow: bool = False


@dataclass(frozen=True, slots=True)
class DataDump:
    """Write tensors at the steps named in the adapter's syntax, for example ``0|5|10-12``."""

    steps: str = "10"


@dataclass(frozen=True, slots=True)
class Profiling:
    """Record a framework trace from step ``first`` to step ``last``, both included."""

    first: int = 10
    last: int = 20


@dataclass(frozen=True, slots=True)
class ToggleChoices:
    """The operator's switches for one run; ``None`` is off."""

    overflow_dump: OverflowDump | None = None
    data_dump: DataDump | None = None
    profiling: Profiling | None = None
    precision_mode: str | None = None
    mixlist: Path | None = None
    fusion_off: Path | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What the operator chose. Anything left at ``None`` or empty takes the profile's default.

    ``data_dir`` overrides the folder known for the data set. ``start_from`` is a checkpoint path; with
    ``resume_run`` it continues that run's step count, else it only initialises the weights.
    """

    profile: str
    dataset: str | None = None
    data_dir: Path | None = None
    devices: int | None = None
    device_ids: tuple[int, ...] = ()
    backend: Backend = Backend.AUTO
    runtime: str | None = None
    task: str = ""
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    toggles: ToggleChoices = ToggleChoices()
    start_from: Path | None = None
    resume_run: str | None = None
    bind_cores: bool = False
    restarts: int = 0
    name: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class RankCommand:
    """How one rank is started: ``env`` holds only what is added to the supervisor's own environment."""

    rank: int
    device: int
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cpu_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """A launch, ready to preview and to execute. Nothing in it refers to the operator's screen.

    ``ranks`` is empty while an error finding stands. ``rank_table`` is the JSON document to write beside
    the run, for several ranks on NPU. ``prepare_dataset`` names a built-in data set that has to be
    written to ``data_dir`` before the start. ``dataset`` is empty and ``data_dir`` is ``Path()`` where the
    profile takes no data. ``published`` are the figures reported for this data set and device count.
    """

    run_name: str
    profile: str
    dataset: str
    data_dir: Path
    backend: Backend
    runtime: Runtime | None
    parameters: Mapping[str, ParameterValue]
    toggles: ToggleChoices
    choices: Choices
    ranks: tuple[RankCommand, ...]
    findings: tuple[Finding, ...]
    cwd: Path
    run_dir: Path
    line_patterns: tuple[str, ...] = ()
    rank_table: Mapping[str, object] | None = None
    prepare_dataset: str | None = None
    make_dirs: tuple[Path, ...] = ()
    restarts: int = 0
    task: str = ""
    published: tuple[PublishedResult, ...] = ()

    @property
    def blocked(self) -> bool:
        """True while any finding is an error."""
        return any(finding.level is Level.ERROR for finding in self.findings)
