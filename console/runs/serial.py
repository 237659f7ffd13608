"""Dataclasses as strict JSON, and ``state.json`` back. Non-finite numbers are
written as words, since JSON has none."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from console.runs.state import Cause, Phase, ProcessId, RankState, RunState


def plain(value: Any) -> Any:
    """``value`` as JSON can hold it: dataclasses become objects, paths and enums text, and the numbers that
    JSON has no form for the words ``nan``, ``inf`` and ``-inf``, which ``float()`` reads."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


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
