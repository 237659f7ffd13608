"""The command line of each rank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from console.catalog.placeholders import fill
from console.catalog.profile import Backend, ParameterValue, Profile
from console.catalog.values import format_value
from console.launch.machine.host import Runtime
from console.launch.options.choices import Choices
from console.launch.options.registry import toggle_flags
from console.launch.options.toggle import ToggleContext

TAKES_CHECKPOINT = ("evaluate", "export")
"""Tasks that take a checkpoint as it is and train nothing."""


@dataclass(frozen=True, slots=True)
class Command:
    """Everything the command line of a rank is made of. ``data_dir`` is ``None`` where no data is needed."""

    profile: Profile
    choices: Choices
    task: str
    backend: Backend
    runtime: Runtime | None
    engines_dir: Path
    run_dir: Path
    data_dir: Path | None
    parameters: Mapping[str, ParameterValue]


def argv_of(command: Command, rank: int, world_size: int, device: int) -> tuple[str, ...]:
    """Program and arguments of one rank; flags as ``--flag=value`` in an order that never changes."""
    flags = [f"{flag}={value}" for flag, value in _flags(command)]
    profile = command.profile
    if profile.command is None:
        assert command.runtime is not None
        assert profile.engine is not None
        return (str(command.runtime.python), str(command.engines_dir), profile.engine, *flags)
    values = _placeholders(command, rank, world_size, device)
    return (*(fill(text, values) for text in profile.command.argv), *flags)


def environment_of(command: Command, rank: int, world_size: int, device: int) -> dict[str, str]:
    """The variables an external command adds for one rank."""
    if command.profile.command is None:
        return {}
    values = _placeholders(command, rank, world_size, device)
    return {name: fill(text, values) for name, text in command.profile.command.env.items()}


def start_flag(choices: Choices, task: str) -> str:
    """The flag that hands a checkpoint over: to go on from or to use as it is, or for its weights alone."""
    return "--resume_from" if choices.resume_run or task in TAKES_CHECKPOINT else "--restore_path"


def _flags(command: Command) -> Iterator[tuple[str, str]]:
    profile, choices = command.profile, command.choices
    if profile.engine is not None:
        if command.data_dir is not None:
            yield "--data_dir", str(command.data_dir)
        yield "--run_dir", str(command.run_dir)
        yield "--mode", command.task
        yield "--backend", command.backend.value
        if choices.start_from is not None:
            yield start_flag(choices, command.task), str(choices.start_from)
    for parameter in profile.parameters:
        if parameter.name in command.parameters:
            yield parameter.flag, format_value(command.parameters[parameter.name])
    yield from toggle_flags(ToggleContext(profile, command.backend, choices.toggles), command.run_dir)


def _placeholders(command: Command, rank: int, world_size: int, device: int) -> dict[str, str]:
    return {
        "python": str(command.runtime.python) if command.runtime else "",
        "data_dir": str(command.data_dir or ""),
        "run_dir": str(command.run_dir),
        "rank": str(rank),
        "world_size": str(world_size),
        "device": str(device),
    }
