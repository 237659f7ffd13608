"""The values a launch gives the profile's parameters: defaults for the case at hand, and the operator's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from console.catalog.nearest import nearest_or_all
from console.catalog.profile import Parameter, ParameterType, ParameterValue, Profile
from console.catalog.values import check_value
from console.launch.findings import Finding, Level, error


def default_value(
    profile: Profile, parameter: Parameter, dataset: str | None, devices: int
) -> ParameterValue | None:
    """The value of ``parameter`` when the operator gives none, on a data set and a device count.

    What the data set says of the device count comes first, then what it says at all, then what the parameter
    says of the device count, then its default. ``None``: the flag is left out.
    """
    choice = profile.dataset(dataset)
    if choice is not None:
        for values in (choice.per_devices.get(devices, {}), choice.parameters):
            if parameter.name in values:
                return values[parameter.name]
    return parameter.per_devices.get(devices, parameter.default)


def default_values(profile: Profile, dataset: str | None, devices: int) -> dict[str, ParameterValue | None]:
    """The :func:`default_value` of every parameter, in the profile's order."""
    return {
        parameter.name: default_value(profile, parameter, dataset, devices)
        for parameter in profile.parameters
    }


def resolve_parameters(
    profile: Profile, dataset: str | None, devices: int, chosen: Mapping[str, ParameterValue]
) -> dict[str, ParameterValue]:
    """The values to launch with, in the profile's order; parameters without a value are left out.

    A chosen value that is not legal stands here as it was given: :func:`check_parameters` tells of it.
    """
    values: dict[str, ParameterValue] = {}
    for parameter in profile.parameters:
        value = chosen.get(parameter.name)
        if value is None:
            value = default_value(profile, parameter, dataset, devices)
        elif parameter.type is ParameterType.NUMBER and type(value) is int:
            value = float(value)
        if value is not None:
            values[parameter.name] = value
    return values


def check_parameters(profile: Profile, chosen: Mapping[str, ParameterValue]) -> Iterator[Finding]:
    """An error for every chosen value that the profile does not know or does not allow."""
    names = [parameter.name for parameter in profile.parameters]
    for name, value in chosen.items():
        parameter = profile.parameter(name)
        if parameter is None:
            close = nearest_or_all(name, names)
            yield error(name, "unknown_parameter", name=name, profile=profile.name, nearest=close)
        elif wrong := check_value(parameter, value):
            yield Finding(Level.ERROR, name, wrong)
