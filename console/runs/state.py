"""The state of a run as it stands in ``state.json``, and its row in the history."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from console.launch.plan import RankCommand


class Phase(str, Enum):
    """A phase in the life of a run, or of one rank of it. The last four are final."""

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


class CauseKind(str, Enum):
    """The kinds of causes for which a run ends."""

    DONE = "done"
    STOPPED_BY_REQUEST = "stopped_by_request"
    STOPPED_ON_OVERFLOW = "stopped_on_overflow"
    KILLED_BY_REQUEST = "killed_by_request"
    RANK_FAILED = "rank_failed"
    START_FAILED = "start_failed"
    LOST = "lost"

    __str__ = str.__str__
    __repr__ = str.__repr__


@dataclass(frozen=True, slots=True)
class Cause:
    """The cause of a run's end. ``kind`` is the word of a :class:`CauseKind`; a failure has the rank that failed
    first and the log line that tells of it (``line_number`` counts from 1)."""

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


def starting_state(run_id: str, created: float, ranks: Sequence[RankCommand] = ()) -> RunState:
    """The state of a run before its supervisor has written any; ``created`` in Unix seconds."""
    return RunState(
        run_id=run_id,
        phase=Phase.STARTING,
        created=created,
        started=None,
        ended=None,
        supervisor=None,
        ranks=tuple(RankState(one.rank, one.device, Phase.STARTING) for one in ranks),
        attempt=1,
        last={},
        best={},
        total_steps=None,
        total_epochs=None,
        stalled=False,
        acknowledged={},
        cause=None,
        updated=created,
    )


def state_from_json(raw: Mapping[str, Any]) -> RunState | None:
    """The state in a JSON object, or ``None`` when it is no state. Unknown keys are ignored."""
    try:
        return RunState(
            **_known_fields(RunState, raw)
            | {
                "phase": Phase(raw["phase"]),
                "supervisor": _process(raw["supervisor"]),
                "ranks": tuple(_rank_state(one) for one in raw["ranks"]),
                "cause": Cause(**_known_fields(Cause, raw["cause"])) if raw["cause"] else None,
                "last": {key: float(value) for key, value in raw["last"].items()},
                "best": {key: float(value) for key, value in raw["best"].items()},
                "refused": tuple(raw.get("refused", ())),
            }
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _rank_state(raw: Mapping[str, Any]) -> RankState:
    return RankState(
        **_known_fields(RankState, raw) | {"phase": Phase(raw["phase"]), "process": _process(raw["process"])}
    )


def _process(raw: Mapping[str, Any] | None) -> ProcessId | None:
    return ProcessId(**_known_fields(ProcessId, raw)) if raw else None


def _known_fields(kind: Any, raw: Mapping[str, Any]) -> dict[str, Any]:
    return {one.name: raw[one.name] for one in dataclasses.fields(kind) if one.name in raw}
