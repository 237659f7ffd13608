"""What stands in the launch form, and how each change of a field changes it, as pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from console.catalog.profile import Backend, ParameterType, ParameterValue, Profile
from console.catalog.values import parse_value
from console.errors import UserError
from console.i18n import Message
from console.launch.options.choices import Choices
from console.launch.options.data_dump import DataDump
from console.launch.options.overflow_dump import OverflowDump
from console.launch.options.profiling import Trace
from console.tui.launch.form.field import ON

PARAMETER = "parameter:"
AUTO_RUNTIME = ""
TEXT_FIELDS = ("name", "note")
PATH_FIELDS = ("data_dir", "start_from")
TOGGLE_PATHS = ("mixlist", "fusion_off")


@dataclass(frozen=True, slots=True)
class LaunchState:
    """The profile, the operator's choices, and the texts that are no value yet, by field id.

    ``advanced`` says whether the advanced parameters are shown; ``None`` leaves that to the room there is.
    """

    profile: Profile
    choices: Choices
    unread: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, Message] = field(default_factory=dict)
    advanced: bool | None = None


def change(state: LaunchState, field_id: str, value: str) -> LaunchState:
    """The state after ``field_id`` was given ``value``; a text that is no value is kept with its problem."""
    clean = _without_problem(state, field_id)
    try:
        return _apply(clean, field_id, value)
    except UserError as error:
        return replace(
            clean,
            unread={**clean.unread, field_id: value},
            problems={**clean.problems, field_id: error.message},
        )


def reset(state: LaunchState, field_id: str) -> LaunchState:
    """The state with ``field_id`` at its default."""
    clean = _without_problem(state, field_id)
    if field_id.startswith(PARAMETER):
        return _with_parameter(clean, field_id[len(PARAMETER) :], None)
    defaults = Choices(profile=state.profile.name)
    if field_id.startswith("toggle:"):
        name = field_id.split(":")[1].split(".")[0]
        toggles = replace(clean.choices.toggles, **{name: getattr(defaults.toggles, name)})
        return replace(clean, choices=replace(clean.choices, toggles=toggles))
    if field_id == "start_from":
        return _with_choices(clean, start_from=None, resume_run=None)
    if field_id in Choices.__dataclass_fields__:
        return _with_choices(clean, **{field_id: getattr(defaults, field_id)})
    return clean


def reset_all(state: LaunchState) -> LaunchState:
    """The profile as it was declared; what is being started from stays."""
    kept = state.choices
    return LaunchState(
        state.profile,
        Choices(profile=kept.profile, start_from=kept.start_from, resume_run=kept.resume_run),
        advanced=state.advanced,
    )


def _without_problem(state: LaunchState, field_id: str) -> LaunchState:
    if field_id not in state.problems:
        return state
    return replace(
        state,
        unread={name: text for name, text in state.unread.items() if name != field_id},
        problems={name: problem for name, problem in state.problems.items() if name != field_id},
    )


def _apply(state: LaunchState, field_id: str, value: str) -> LaunchState:
    if field_id.startswith(PARAMETER):
        return _change_parameter(state, field_id[len(PARAMETER) :], value)
    if field_id.startswith("toggle:"):
        return _change_toggle(state, field_id[len("toggle:") :], value)
    if field_id == "advanced":
        return replace(state, advanced=value == ON)
    if field_id in TEXT_FIELDS:
        return _with_choices(state, **{field_id: value if field_id == "note" else value.strip() or None})
    if field_id in PATH_FIELDS:
        return _with_choices(state, **{field_id: _path(value)})
    if field_id == "dataset":
        return _with_choices(state, dataset=value, data_dir=None)
    if field_id == "devices":
        return _with_choices(state, devices=int(value), device_ids=())
    if field_id == "device_ids":
        ids = tuple(int(part) for part in value.split(",") if part)
        return _with_choices(state, device_ids=ids)
    if field_id == "backend":
        return _with_choices(state, backend=Backend(value), device_ids=())
    if field_id == "runtime":
        return _with_choices(state, runtime=None if value == AUTO_RUNTIME else value)
    if field_id == "bind_cores":
        return _with_choices(state, bind_cores=value == ON)
    if field_id == "restarts":
        return _with_choices(state, restarts=_whole(value))
    return _with_choices(state, **{field_id: value})


def _with_choices(state: LaunchState, **changes: Any) -> LaunchState:
    return replace(state, choices=replace(state.choices, **changes))


def _change_parameter(state: LaunchState, name: str, text: str) -> LaunchState:
    parameter = state.profile.parameter(name)
    assert parameter is not None, f"the form shows only parameters of the profile, not {name}"
    if parameter.type is ParameterType.BOOLEAN:
        return _with_parameter(state, name, text == ON)
    if text.strip() == "" and parameter.type is not ParameterType.TEXT:
        return _with_parameter(state, name, None)
    return _with_parameter(state, name, parse_value(parameter, text))


def _with_parameter(state: LaunchState, name: str, value: ParameterValue | None) -> LaunchState:
    """``None`` is the default."""
    parameters = {key: kept for key, kept in state.choices.parameters.items() if key != name}
    if value is not None:
        parameters[name] = value
    return _with_choices(state, parameters=parameters)


def _change_toggle(state: LaunchState, part: str, value: str) -> LaunchState:
    toggles = state.choices.toggles
    changed: dict[str, Any]
    if part == "overflow_dump":
        changed = {"overflow_dump": OverflowDump() if value == ON else None}
    elif part == "overflow_dump.stop":
        changed = {"overflow_dump": OverflowDump(stop_on_overflow=value == ON)}
    elif part == "data_dump":
        changed = {"data_dump": DataDump() if value == ON else None}
    elif part == "data_dump.steps":
        changed = {"data_dump": DataDump(value.strip())}
    elif part == "profiling":
        changed = {"profiling": Trace() if value == ON else None}
    elif part in ("profiling.first", "profiling.last"):
        traced = toggles.profiling or Trace()
        changed = {"profiling": replace(traced, **{part.partition(".")[2]: _whole(value)})}
    elif part in TOGGLE_PATHS:
        changed = {part: _path(value)}
    else:
        changed = {part: value or None}
    return _with_choices(state, toggles=replace(toggles, **changed))


def _path(text: str) -> Path | None:
    return Path(text.strip()).expanduser() if text.strip() else None


def _whole(text: str) -> int:
    from console.errors import user_error

    try:
        return int(text.strip())
    except ValueError:
        raise user_error("form.not_a_whole_number", value=text) from None
