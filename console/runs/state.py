"""The state of a run as it stands in ``state.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class Phase(str, Enum):
    """Where a run, or one rank of it, is in its life. The last four are final."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"
    LOST = "lost"

    @property
    def final(self) -> bool:
        """True when nothing of the run is alive any more."""
        return self in (Phase.FINISHED, Phase.FAILED, Phase.STOPPED, Phase.LOST)


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process that cannot be mistaken for a later one with the same pid.

    ``created`` is its start in Unix seconds. ``mark`` names boot, pid namespace and start tick; it decides
    where it is known, because the start in Unix seconds shifts whenever the clock is set.
    """

    pid: int
    created: float
    mark: str = ""


@dataclass(frozen=True, slots=True)
class RankState:
    """One rank. ``exit_code`` is the process's, ``signal`` the number that
    ended it; ``None`` is not known."""

    rank: int
    device: int
    phase: Phase
    process: ProcessId | None = None
    exit_code: int | None = None
    signal: int | None = None
    last_step: int | None = None
    last_line_time: float | None = None
    ended: float | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a run ended as it did: a word (``done stopped_by_request stopped_on_overflow killed_by_request
    rank_failed start_failed lost``), and, for a failure, the first failing rank and the log line that tells
    of it."""

    kind: str
    rank: int | None = None
    line: str | None = None
    line_number: int | None = None


@dataclass(frozen=True, slots=True)
class RunState:
    """The supervisor's word on a run. Times are Unix seconds.

    ``last`` maps metric names to their newest value. ``attempt`` counts from 1. ``acknowledged`` maps the ids
    of answered requests to the answer; ``refused`` are those of them that were not granted.
    """

    run_id: str
    phase: Phase
    created: float
    started: float | None
    ended: float | None
    supervisor: ProcessId | None
    ranks: tuple[RankState, ...]
    attempt: int
    last: Mapping[str, float]
    best: Mapping[str, float]
    total_steps: int | None
    total_epochs: float | None
    stalled: bool
    acknowledged: Mapping[str, str]
    cause: Cause | None
    updated: float
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One row of the history: enough for the table without opening the samples.

    ``broken`` marks a folder whose ``spec.json`` cannot be read; only its name and age are known then.
    ``stalled`` is told of live runs.
    """

    run_id: str
    folder: Path
    profile: str
    dataset: str
    devices: int
    backend: str
    phase: Phase
    created: float
    duration: float | None
    last_step: int | None
    last_loss: float | None
    best_top1: float | None
    throughput: float | None
    note: str
    broken: bool = False
    stalled: bool = False
