"""Launch options and toggles on the command line: their declarations as click options, and back to choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from console.catalog.loader import load_catalog
from console.catalog.nearest import nearest_or_all
from console.catalog.profile import Parameter, ParameterType, ParameterValue, Profile
from console.catalog.values import parse_value
from console.cli.naming import complete_runtime
from console.errors import UserError, user_error
from console.i18n import t
from console.launch.options import registry
from console.launch.options.choices import Choices, ToggleChoices
from console.launch.options.declarations import CommandOption, Reading
from console.launch.options.launch_options import LAUNCH_OPTIONS, PLACEMENT_OPTIONS, RUN_OPTIONS

COMPLETIONS = {"runtime": complete_runtime}
"""What the shell offers for an option's value."""


def choice_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add an option for everything that can be chosen of a launch."""
    toggles = [declared for one in registry.TOGGLES for declared in one.options]
    placement, run = ([one.command for one in options] for options in (PLACEMENT_OPTIONS, RUN_OPTIONS))
    for declared in reversed([*placement, *toggles, *run]):
        command = _click_option(declared)(command)
    return command


def _click_option(declared: CommandOption) -> Callable[[Callable[..., int]], Callable[..., int]]:
    types: dict[Reading, Any] = {
        Reading.WHOLE: int if declared.minimum is None else click.IntRange(min=declared.minimum),
        Reading.PATH: click.Path(path_type=Path),
        Reading.CHOICE: click.Choice(declared.choices),
    }
    return click.option(
        declared.flag,
        declared.key,
        type=types.get(declared.reading),
        is_flag=declared.reading is Reading.FLAG,
        metavar=declared.metavar,
        default=declared.default,
        help=t(declared.help),
        shell_complete=COMPLETIONS.get(declared.key),
    )


def choices_from_command_line(profile: str, given: Mapping[str, Any], flags: Sequence[str]) -> Choices:
    """Build choices from the parsed options of :func:`choice_options` and the ``flags`` of the profile's parameters.

    Raises :class:`~console.errors.UserError` for a word that cannot be read; what can be read but not be
    launched is left to the planner's findings.
    """
    known = load_catalog().get(profile)
    options = [one for one in LAUNCH_OPTIONS.values() if given[one.command.key] is not None]
    choices = Choices(
        profile=known.name,
        parameters=read_parameters(known, flags),
        toggles=ToggleChoices(**{one.name.value: one.from_command_line(given) for one in registry.TOGGLES}),
        **{one.name: one.values.given(given[one.command.key]) for one in options},
    )
    if choices.devices is None and choices.device_ids:
        return replace(choices, devices=len(choices.device_ids))
    return choices


def read_parameters(profile: Profile, flags: Sequence[str]) -> dict[str, ParameterValue]:
    """Read ``--flag=value``, ``--flag value`` and bare ``--boolean`` words against a profile's parameters."""
    known = {parameter.flag: parameter for parameter in profile.parameters}
    values: dict[str, ParameterValue] = {}
    words = list(flags)
    while words:
        word = words.pop(0)
        flag, has_value, text = word.partition("=")
        parameter = known.get(flag)
        if parameter is None:
            raise user_error(
                "cli.unknown_flag", flag=flag, profile=profile.name, nearest=nearest_or_all(flag, known)
            )
        if not has_value:
            next_is_value = bool(words) and words[0].partition("=")[0] not in known
            if next_is_value:
                text = words.pop(0)
            elif parameter.type is ParameterType.BOOLEAN:
                text = "True"
            else:
                raise user_error("cli.flag_needs_value", flag=flag)
        values[parameter.name] = read_value(parameter, text)
    return values


def read_value(parameter: Parameter, text: str) -> ParameterValue:
    """``text`` as a value of the parameter's type; its range is the planner's business."""
    try:
        return parse_value(parameter, text)
    except UserError as error:
        raise user_error("cli.bad_value", flag=parameter.flag, problem=error.message) from None
