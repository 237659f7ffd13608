"""The operator's choices for a launch, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from console.catalog.profile import Backend, ParameterValue
from console.launch.options.data_dump import DataDump
from console.launch.options.overflow_dump import OverflowDump
from console.launch.options.profiling import Trace


@dataclass(frozen=True, slots=True)
class ToggleChoices:
    """The operator's switches for one run; ``None`` is off."""

    overflow_dump: OverflowDump | None = None
    data_dump: DataDump | None = None
    profiling: Trace | None = None
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
