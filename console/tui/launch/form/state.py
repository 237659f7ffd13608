"""The content of the launch form, and its change by each field, as pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from console.catalog.profile import ParameterType, ParameterValue, Profile
from console.catalog.values import parse_value
from console.errors import UserError
from console.i18n import Message
from console.launch.options.choices import Choices
from console.launch.options.declarations import ON
from console.launch.options.launch_options import LAUNCH_OPTIONS
from console.launch.options.registry import find_toggle

PARAMETER = "parameter:"
TOGGLE = "toggle:"
"""How the ids of the fields of parameters and of toggles begin."""
AUTO_RUNTIME = ""


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
    if field_id.startswith(TOGGLE):
        name = field_id.removeprefix(TOGGLE).partition(".")[0]
        return _with_choices(clean, toggles=clean.choices.toggles.replaced(name, None))
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
    if field_id.startswith(TOGGLE):
        return _change_toggle(state, field_id.removeprefix(TOGGLE), value)
    if field_id == "advanced":
        return replace(state, advanced=value == ON)
    option = LAUNCH_OPTIONS[field_id]
    defaults = Choices(profile=state.profile.name)
    cleared = {name: getattr(defaults, name) for name in option.clears}
    return _with_choices(state, **{field_id: option.values.entered(value)}, **cleared)


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


def _change_toggle(state: LaunchState, field_id: str, text: str) -> LaunchState:
    name, _, part = field_id.partition(".")
    toggle, toggles = find_toggle(name), state.choices.toggles
    return _with_choices(
        state, toggles=toggles.replaced(name, toggle.change(toggle.chosen(toggles), part, text))
    )
