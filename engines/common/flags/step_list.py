"""Lists of steps in the adapter's syntax: ``0|5|10-12``."""

from __future__ import annotations

from typing import FrozenSet, Set

MAX_STEPS = 100


def parse_steps(text: str) -> FrozenSet[int]:
    """The steps that ``text`` names; ranges include both ends.

    Raises ``ValueError`` with a sentence for a malformed list and for more than 100 steps.
    """
    steps: Set[int] = set()
    for item in text.split("|"):
        first, dash, last = item.strip().partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise ValueError("'{}' is not a list of steps such as 0|5|10-12".format(text))
        low, high = int(first), int(last or first)
        if dash and low >= high:
            raise ValueError("in '{}' the range {} does not rise".format(text, item.strip()))
        if high - low >= MAX_STEPS:
            raise ValueError("'{}' names more than {} steps".format(text, MAX_STEPS))
        steps.update(range(low, high + 1))
    if len(steps) > MAX_STEPS:
        raise ValueError("'{}' names more than {} steps".format(text, MAX_STEPS))
    return frozenset(steps)
