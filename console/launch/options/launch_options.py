"""The options of a launch beside profile parameters and toggles: how each is read, wherever it is given."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from console.catalog.profile import Backend
from console.errors import user_error
from console.launch.options.choices import Choices
from console.launch.options.declarations import (
    ON,
    CommandOption,
    Reading,
    absolute,
    read_path,
    read_whole,
)


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Values:
    """A kind of value: ``entered`` reads a form's text, ``given`` what the command line parsed, ``stored`` JSON."""

    entered: Callable[[str], Any]
    given: Callable[[Any], Any] = _as_it_is
    stored: Callable[[Any], Any] = _as_it_is


def _read_device_ids(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",")) if text else ()
    except ValueError:
        raise user_error("cli.not_device_ids", value=text) from None


TEXT = Values(entered=lambda text: text.strip() or None)
WORDS = Values(entered=_as_it_is)
WHOLE = Values(entered=read_whole)
SWITCH = Values(entered=lambda text: text == ON)
PATH = Values(entered=read_path, stored=lambda raw: Path(raw) if raw else None)
BACKEND = Values(entered=Backend, given=Backend, stored=Backend)
DEVICE_IDS = Values(entered=_read_device_ids, given=_read_device_ids, stored=tuple)


@dataclass(frozen=True, slots=True)
class LaunchOption:
    """One option: ``name`` is its field of :class:`Choices` and of a spec's JSON, and its field of the form.

    ``clears`` are the options that held for the value before, and no longer do when it is changed in the form.
    """

    name: str
    values: Values
    command: CommandOption
    clears: tuple[str, ...] = ()


PLACEMENT_OPTIONS = (
    LaunchOption(
        "dataset", TEXT, CommandOption("--dataset", "cli.dataset_help", metavar="NAME"), clears=("data_dir",)
    ),
    LaunchOption("data_dir", PATH, CommandOption("--data-dir", "cli.data_dir_help", Reading.PATH)),
    LaunchOption(
        "devices",
        WHOLE,
        CommandOption("--devices", "cli.devices_help", Reading.WHOLE, metavar="N"),
        clears=("device_ids",),
    ),
    LaunchOption(
        "device_ids", DEVICE_IDS, CommandOption("--device-ids", "cli.device_ids_help", metavar="0,1,…")
    ),
    LaunchOption(
        "backend",
        BACKEND,
        CommandOption(
            "--backend", "cli.backend_help", Reading.CHOICE, choices=tuple(one.value for one in Backend)
        ),
        clears=("device_ids",),
    ),
    LaunchOption("runtime", TEXT, CommandOption("--runtime", "cli.runtime_help", metavar="NAME")),
    LaunchOption("task", WORDS, CommandOption("--task", "cli.task_help", metavar="NAME")),
)
"""Where a launch runs and on what."""

RUN_OPTIONS = (
    LaunchOption(
        "start_from", PATH, CommandOption("--from", "cli.from_help", Reading.PATH, dest="start_from")
    ),
    LaunchOption("bind_cores", SWITCH, CommandOption("--bind-cores", "cli.bind_cores_help", Reading.FLAG)),
    LaunchOption(
        "restarts",
        WHOLE,
        CommandOption("--restarts", "cli.restarts_help", Reading.WHOLE, minimum=0, default=0),
    ),
    LaunchOption("name", TEXT, CommandOption("--name", "cli.name_help")),
    LaunchOption("note", WORDS, CommandOption("--note", "cli.note_help", default="")),
)
"""The run itself: its start, its name, what happens when it fails."""

LAUNCH_OPTIONS = {one.name: one for one in (*PLACEMENT_OPTIONS, *RUN_OPTIONS)}


def with_absolute_paths(choices: Choices) -> Choices:
    """Every path as it reads from any folder: engines start in the run's own.

    An interpreter may be named by its path too, or by that of its environment.
    """
    runtime = choices.runtime
    if runtime is not None and os.sep in runtime:
        runtime = str(absolute(Path(runtime)))
    return replace(
        choices,
        runtime=runtime,
        data_dir=absolute(choices.data_dir),
        start_from=absolute(choices.start_from),
        toggles=choices.toggles.absolute(),
    )
