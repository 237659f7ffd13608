"""``spec.json`` as the supervisor reads it: the job it has to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.launch.plan import RankCommand
from console.runs.folder import RunFolder
from console.runs.spec.policy import SupervisionPolicy, policy_from_json


@dataclass(frozen=True, slots=True)
class Job:
    """The commands to run and the terms they run under. ``commands`` are as written down, secrets masked;
    ``created`` is in Unix seconds."""

    folder: RunFolder
    engine: str | None
    commands: tuple[RankCommand, ...]
    cwd: Path
    line_patterns: tuple[str, ...]
    policy: SupervisionPolicy
    restarts: int
    umask: int
    created: float


def read_job(folder: RunFolder) -> Job:
    """Read the frozen plan. Raises ``ValueError`` when it is missing or damaged."""
    spec = folder.spec()
    try:
        commands = frozen_commands(spec)
        if not commands:
            raise ValueError("no ranks")
        return Job(
            folder=folder,
            engine=spec["engine"],
            commands=commands,
            cwd=Path(spec["cwd"]),
            line_patterns=tuple(spec["line_patterns"]),
            policy=policy_from_json(spec["policy"]),
            restarts=int(spec["restarts"]),
            umask=int(spec["umask"]),
            created=float(spec["created"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{folder.spec_path} is damaged: {error!r}") from error


def frozen_commands(spec: Mapping[str, Any]) -> tuple[RankCommand, ...]:
    """The commands of a spec as they were written down, secrets masked. Raises
    ``KeyError`` on a damaged spec."""
    return tuple(
        RankCommand(
            one["rank"], one["device"], tuple(one["argv"]), dict(one["env"]), tuple(one.get("cpu_ids", ()))
        )
        for one in spec["ranks"]
    )
