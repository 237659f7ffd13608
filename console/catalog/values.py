"""Values of parameters: from text to their type, and whether they are legal."""

from __future__ import annotations

import math
import re

from console.catalog.nearest import nearest_or_all
from console.catalog.profile import Parameter, ParameterType, ParameterValue
from console.errors import user_error
from console.i18n import Message

_INTEGER = re.compile(r"[+-]?\d+(?:_\d+)*")
_TRUTH = {"true": True, "false": False}


def parse_value(parameter: Parameter, text: str) -> ParameterValue:
    """``text`` as a value of the parameter's type, legal or not.

    Raises :class:`~console.errors.UserError` for text that is no value of that type.
    """
    stripped = text.strip()
    if parameter.type is ParameterType.INTEGER:
        if not _INTEGER.fullmatch(stripped):
            raise user_error("catalog.not_an_integer", value=text)
        return int(stripped)
    if parameter.type is ParameterType.NUMBER:
        try:
            return float(stripped)
        except ValueError:
            raise user_error("catalog.not_a_number", value=text) from None
    if parameter.type is ParameterType.BOOLEAN:
        if stripped.lower() not in _TRUTH:
            raise user_error("catalog.not_a_boolean", value=text)
        return _TRUTH[stripped.lower()]
    return text


def check_value(parameter: Parameter, value: ParameterValue) -> Message | None:
    """The problem of ``value`` for the parameter, or ``None``. Whole numbers are numbers too."""
    if parameter.type is ParameterType.BOOLEAN:
        return None if isinstance(value, bool) else Message.of("catalog.not_a_boolean", value=value)
    if parameter.type is ParameterType.INTEGER:
        if isinstance(value, bool) or not isinstance(value, int):
            return Message.of("catalog.not_an_integer", value=value)
        return _check_range(parameter, value)
    if parameter.type is ParameterType.NUMBER:
        if isinstance(value, (bool, str)) or not math.isfinite(value):
            return Message.of("catalog.not_a_number", value=value)
        return _check_range(parameter, value)
    if not isinstance(value, str):
        return Message.of("catalog.not_a_text", value=value)
    if parameter.type is ParameterType.CHOICE and value not in parameter.choices:
        return Message.of(
            "catalog.not_a_choice", value=value, nearest=nearest_or_all(value, parameter.choices)
        )
    return None


def format_value(value: ParameterValue) -> str:
    """The value as it stands after ``--flag=``: booleans as ``True`` or ``False``, numbers without loss."""
    return repr(value) if isinstance(value, float) else str(value)


def _check_range(parameter: Parameter, value: float) -> Message | None:
    minimum, maximum = parameter.minimum, parameter.maximum
    if minimum is not None and value < minimum:
        return Message.of("catalog.below_minimum", value=value, limit=_plain(minimum))
    if maximum is not None and value > maximum:
        return Message.of("catalog.above_maximum", value=value, limit=_plain(maximum))
    return None


def _plain(limit: float) -> str:
    return f"{limit:g}" if limit != int(limit) or abs(limit) >= 1e15 else str(int(limit))
