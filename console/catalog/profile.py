"""A profile as plain data: the typed form of a profile file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from console.i18n import Language, current_language

ParameterValue = bool | int | float | str


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """A text of a profile in both languages; ``str()`` gives the one for the current language."""

    english: str
    chinese: str

    def __str__(self) -> str:
        return self.chinese if current_language() is Language.CHINESE else self.english


class ParameterType(str, Enum):
    """The type of a parameter, by which its value is written, checked and edited."""

    INTEGER = "int"
    NUMBER = "float"
    BOOLEAN = "bool"
    TEXT = "str"
    CHOICE = "choice"
    PATH = "path"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One engine flag that an operator may set.

    ``per_devices`` maps a device count to the default that holds for it (a learning rate scaled with
    the global batch, say). ``minimum`` and ``maximum`` are inclusive. A ``default`` of ``None`` means
    that the flag is left out of the command unless the operator sets it.
    """

    name: str
    flag: str
    type: ParameterType
    help: LocalizedText
    default: ParameterValue | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    per_devices: Mapping[int, ParameterValue] = field(default_factory=dict)
    advanced: bool = False


class ToggleName(str, Enum):
    """The debug and precision switches that carry the same flags in every engine."""

    OVERFLOW_DUMP = "overflow_dump"
    DATA_DUMP = "data_dump"
    PROFILING = "profiling"
    PRECISION_MODE = "precision_mode"
    MIXLIST = "mixlist"
    FUSION_OFF = "fusion_off"


class Backend(str, Enum):
    """The device type that computes. ``AUTO`` is NPU when the host and the runtime have it, else CPU."""

    AUTO = "auto"
    CPU = "cpu"
    NPU = "npu"


@dataclass(frozen=True, slots=True)
class Toggle:
    """A switch a profile offers, the backends on which it does something, and its legal values.

    ``default`` is the value that holds while the operator chooses none; only the precision mode has one.
    ``cpu_choices`` are the values for CPU where they are not all of ``choices``.
    """

    name: ToggleName
    backends: frozenset[Backend]
    choices: tuple[str, ...] = ()
    default: str | None = None
    cpu_choices: tuple[str, ...] = ()

    def choices_on(self, backend: Backend) -> tuple[str, ...]:
        """The legal values on a backend; all of them while it is not settled."""
        return self.cpu_choices or self.choices if backend is Backend.CPU else self.choices

    def default_on(self, backend: Backend) -> str | None:
        """The value that holds on a backend while the operator chooses none."""
        return self.default if self.default in self.choices_on(backend) else None


@dataclass(frozen=True, slots=True)
class DatasetChoice:
    """A data set a profile accepts, with the parameter defaults that go with it.

    ``per_devices`` refines them: device count -> parameter name -> default. ``layouts`` are those of the data
    set's forms on disk that it reads; empty means the usual one.
    """

    dataset: str
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    per_devices: Mapping[int, Mapping[str, ParameterValue]] = field(default_factory=dict)
    layouts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileDefaults:
    """The choices of a launch of the profile where the operator chooses nothing, as the profile states it.

    What is ``None`` here is the first of the profile's list (data sets, device counts, tasks), the best
    match on the host (runtime) or the folder the console knows (``data_dir``).
    """

    dataset: str | None = None
    data_dir: Path | None = None
    devices: int | None = None
    backend: Backend = Backend.AUTO
    runtime: str | None = None
    task: str | None = None


@dataclass(frozen=True, slots=True)
class PublishedResult:
    """A figure the authors or the vendor reported; accuracies are fractions, throughput is in images/s."""

    metric: str
    value: float
    dataset: str
    devices: int
    source: str


@dataclass(frozen=True, slots=True)
class ExternalCommand:
    """A training script of the user's own, started as it is, one process per rank.

    ``argv`` items and ``env`` values may hold ``{python} {data_dir} {run_dir} {rank} {world_size} {device}``.
    """

    argv: tuple[str, ...]
    cwd: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """One model profile: everything the launch form, the planner and the dashboards need to know of a model.

    Exactly one of ``engine`` and ``command`` is set. ``runtimes`` are requirement strings, any of which
    makes an interpreter acceptable (``tensorflow==1.15.*``); the first match in that order is preferred.
    ``adapters`` are the packages any of which connects it to the NPU; empty means those of the framework.
    ``line_patterns`` are regular expressions whose group names are canonical metric names.
    """

    name: str
    title: LocalizedText
    summary: LocalizedText
    framework: str
    runtimes: tuple[str, ...]
    datasets: tuple[DatasetChoice, ...]
    devices: tuple[int, ...]
    backends: tuple[Backend, ...]
    parameters: tuple[Parameter, ...]
    toggles: tuple[Toggle, ...]
    engine: str | None = None
    command: ExternalCommand | None = None
    tasks: tuple[str, ...] = ("train",)
    line_patterns: tuple[str, ...] = ()
    published: tuple[PublishedResult, ...] = ()
    adapters: tuple[str, ...] = ()
    defaults: ProfileDefaults = ProfileDefaults()
    source: Path | None = None

    @property
    def default_dataset(self) -> str | None:
        """The data set of a launch that names none; ``None`` when the profile takes no data set."""
        return self.defaults.dataset or (self.datasets[0].dataset if self.datasets else None)

    @property
    def default_devices(self) -> int:
        """The device count of a launch that names none."""
        return self.defaults.devices or self.devices[0]

    @property
    def default_task(self) -> str:
        """The task of a launch that names none."""
        return self.defaults.task or self.tasks[0]

    def published_for(self, dataset: str | None, devices: int) -> tuple[PublishedResult, ...]:
        """The figures reported for this data set on this many devices; those for others are no yardstick."""
        return tuple(one for one in self.published if (one.dataset, one.devices) == (dataset, devices))

    def dataset(self, name: str | None) -> DatasetChoice | None:
        """The accepted data set called ``name``, or ``None``."""
        return next((one for one in self.datasets if one.dataset == name), None)

    def parameter(self, name: str) -> Parameter | None:
        """The declared parameter called ``name``, or ``None``."""
        return next((one for one in self.parameters if one.name == name), None)

    def toggle(self, name: ToggleName) -> Toggle | None:
        """The offered toggle called ``name``, or ``None``."""
        return next((one for one in self.toggles if one.name is name), None)
