"""Lists of steps in the Ascend adapter's syntax: ``0|5|10-12``."""

from __future__ import annotations

import re

from console.errors import UserError
from console.i18n import Message
from console.launch.findings import message

MAX_STEPS = 100
"""What the adapter and the engines take at most in one list."""

_ITEM = re.compile(r"\s*([0-9]{1,12})\s*(?:-\s*([0-9]{1,12})\s*)?")


def parse_steps(text: str) -> tuple[range, ...]:
    """The ranges of steps that ``text`` names, in its order, each with both its ends.

    Raises :class:`~console.errors.UserError` for what is no such list, for a range that does not rise and for
    more than :data:`MAX_STEPS` steps.
    """
    ranges: list[range] = []
    for item in text.split("|"):
        match = _ITEM.fullmatch(item)
        if match is None:
            raise UserError(message("steps_syntax", text=text, item=item.strip()))
        first, last = int(match[1]), int(match[2] or match[1])
        if match[2] and first >= last:
            raise UserError(message("steps_falling", item=item.strip()))
        ranges.append(range(first, last + 1))
    count = sum(map(len, ranges))
    if count > MAX_STEPS:
        raise UserError(message("steps_too_many", count=count, limit=MAX_STEPS))
    return tuple(ranges)


def check_steps(text: str) -> Message | None:
    """The mistake in a list of steps, or ``None``."""
    try:
        parse_steps(text)
    except UserError as problem:
        return problem.message
    return None
