"""From the words of a command line to the planner's :class:`~console.launch.options.choices.Choices`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from console.catalog.loader import load_catalog
from console.catalog.nearest import nearest_or_all
from console.catalog.profile import Backend, Parameter, ParameterType, ParameterValue, Profile
from console.catalog.values import parse_value
from console.errors import UserError, user_error
from console.launch.options.choices import Choices, ToggleChoices
from console.launch.options.data_dump import DataDump
from console.launch.options.overflow_dump import OverflowDump
from console.launch.options.profiling import Trace


def choices_from_command_line(options: Mapping[str, object], flags: Sequence[str]) -> Choices:
    """Build choices from parsed options and from the ``flags`` that belong to the profile's parameters.

    Raises :class:`~console.errors.UserError` for a word that cannot be read; what can be read but not be
    launched is left to the planner's findings.
    """
    profile = load_catalog().get(str(options["profile"]))
    return Choices(
        profile=profile.name,
        dataset=_text(options["dataset"]),
        data_dir=_path(options["data_dir"]),
        devices=_devices(options["devices"], options["device_ids"]),
        device_ids=_device_ids(options["device_ids"]),
        backend=Backend(options["backend"] or Backend.AUTO),
        runtime=_text(options["runtime"]),
        task=_text(options["task"]) or "",
        parameters=read_parameters(profile, flags),
        toggles=_toggles(options),
        start_from=_path(options["start_from"]),
        bind_cores=bool(options["bind_cores"]),
        restarts=int(str(options["restarts"])),
        name=_text(options["name"]),
        note=_text(options["note"]) or "",
    )


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


def _toggles(options: Mapping[str, object]) -> ToggleChoices:
    stop = bool(options["stop_on_overflow"])
    steps = _text(options["data_dump"])
    return ToggleChoices(
        overflow_dump=OverflowDump(stop) if options["overflow_dump"] or stop else None,
        data_dump=DataDump(steps) if steps is not None else None,
        profiling=read_step_range("--profile-steps", _text(options["profile_steps"])),
        precision_mode=_text(options["precision_mode"]),
        mixlist=_path(options["mixlist"]),
        fusion_off=_path(options["fusion_off"]),
    )


def read_step_range(flag: str, text: str | None) -> Trace | None:
    """Read ``A-B`` or a single step; ``None`` stays ``None``."""
    if text is None:
        return None
    first, _, last = text.partition("-")
    try:
        return Trace(int(first), int(last or first))
    except ValueError:
        raise user_error("cli.not_step_range", flag=flag, value=text) from None


def _devices(count: object, ids: object) -> int | None:
    if count is None and ids:
        return len(_device_ids(ids))
    return None if count is None else int(str(count))


def _device_ids(text: object) -> tuple[int, ...]:
    if not text:
        return ()
    try:
        return tuple(int(part) for part in str(text).split(","))
    except ValueError:
        raise user_error("cli.not_device_ids", value=text) from None


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _path(value: object) -> Path | None:
    return None if value is None else Path(str(value)).expanduser().absolute()
