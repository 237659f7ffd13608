"""The content of the monitor as plain immutable data: made off the event loop, handed over in one piece."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from console.hosts.readings import NpuChip
from console.i18n import Message
from console.metrics.store import SMOOTHING_WEIGHTS, XAxis
from console.runs.state import RunState
from console.tui.widgets.chart.contents import ChartData

DEFAULT_SMOOTHING = SMOOTHING_WEIGHTS[2]


@dataclass(frozen=True, slots=True)
class Published:
    """Figures reported for the same model, data set and device count: throughput in images/s, accuracy as a
    fraction; ``None`` where none is known."""

    throughput: float | None = None
    top1: float | None = None


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The facts of a run that do not change while it is watched. ``resumed_from`` is the run it goes on from."""

    run_id: str
    profile: str = ""
    dataset: str = ""
    backend: str = ""
    world_size: int = 0
    resumed_from: str | None = None
    resume_step: int | None = None
    published: Published = Published()


@dataclass(frozen=True, slots=True)
class View:
    """The screen's wishes: which charts, how wide they are, and how they are looked at.

    ``page`` counts from 0 in pages of ``page_size`` charts, ``dots`` are the dot columns of the widest chart,
    ``window`` is the part of the x axis, ``rank`` the one rank that charts are about (``None``: all).
    """

    page: int = 0
    page_size: int = 4
    dots: int = 100
    x_axis: XAxis = XAxis.STEP
    smoothing: float = DEFAULT_SMOOTHING
    window: tuple[float, float] | None = None
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class RankReading:
    """One rank as it stands; what is not known is ``None``.

    ``behind`` counts the steps to the foremost rank, ``line_time`` is Unix seconds, ``cpu`` a fraction of
    one core, ``rss`` is in bytes.
    """

    rank: int
    step: int | None = None
    loss: float | None = None
    throughput: float | None = None
    behind: int | None = None
    line_time: float | None = None
    cpu: float | None = None
    rss: int | None = None


@dataclass(frozen=True, slots=True)
class NpuReading:
    """The chips by device number as of ``time`` (Unix seconds), and why the last call brought nothing new."""

    chips: Mapping[int, NpuChip] = field(default_factory=dict)
    time: float | None = None
    problem: Message | None = None


class Severity(Enum):
    """The weight of an alert; the glyph stands before it."""

    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"

    @property
    def glyph(self) -> str:
        """One cell that tells the severity without colour."""
        return {Severity.NOTICE: "◆", Severity.WARNING: "!", Severity.ERROR: "✗"}[self]

    @property
    def ink(self) -> str:
        """The theme variable of its colour."""
        return {Severity.NOTICE: "primary", Severity.WARNING: "warning", Severity.ERROR: "error"}[self]


@dataclass(frozen=True, slots=True)
class Alert:
    """Something the operator should know of. ``id`` stays the same while it is the same thing."""

    id: str
    severity: Severity
    message: Message
    remedy: Message


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest figures.

    ``loss_trend`` is the sign of the smooth loss's change over the last tenth of its chart. ``eta`` is in
    seconds, ``checkpoint_time`` Unix seconds.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    loss_trend: int | None = None
    eta: float | None = None
    overflows: int | None = None
    checkpoint_time: float | None = None

    @property
    def step(self) -> int | None:
        """The step the run is at, as far as is known."""
        step = self.values.get("step")
        return None if step is None else int(step)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the screen shows at one moment. Parts that did not change are the same objects as before.

    ``npus`` is empty where there are none. ``pages`` is how many pages of charts there are. ``log_version``
    changes whenever the log has more.
    """

    facts: RunFacts
    view: View
    state: RunState | None = None
    latest: Latest = Latest()
    ranks: tuple[RankReading, ...] = ()
    npus: NpuReading = field(default_factory=NpuReading)
    charts: tuple[ChartData, ...] = ()
    chart_keys: tuple[str, ...] = ()
    pages: int = 1
    alerts: tuple[Alert, ...] = ()
    result: Mapping[str, object] | None = None
    log_version: tuple[int | None, int] | None = None
