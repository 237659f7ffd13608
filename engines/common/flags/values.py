"""Readers of a flag's text: each turns it into a value, or tells in a sentence what it must be."""

from __future__ import annotations

import argparse
from typing import FrozenSet, Set, Tuple

MAX_STEPS = 100
"""The most steps that one list may name."""


def boolean(text: str) -> bool:
    """``True`` or ``False``."""
    try:
        return {"true": True, "false": False}[text.lower()]
    except KeyError:
        raise argparse.ArgumentTypeError("must be True or False, not '{}'".format(text)) from None


def positive_int(text: str) -> int:
    """A count of at least one."""
    return _whole_number_from(text, 1)


def natural_int(text: str) -> int:
    """A count that may be zero."""
    return _whole_number_from(text, 0)


def fraction(text: str) -> float:
    """A number from 0 to 1."""
    value = _number(text)
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError("must be a number from 0 to 1, not '{}'".format(text))
    return value


def dropped_share(text: str) -> float:
    """A share of which something is left: from 0 up to but not 1."""
    value = _number(text)
    if not 0.0 <= value < 1.0:
        raise argparse.ArgumentTypeError("must be a number from 0 up to but not 1, not '{}'".format(text))
    return value


def positive_number(text: str) -> float:
    """A finite number above 0."""
    value = _number(text)
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be a number above 0, not '{}'".format(text))
    return value


def names(text: str) -> Tuple[str, ...]:
    """A comma-separated list; blanks and brackets around it are forgiven."""
    return tuple(item.strip(" '\"") for item in text.strip("[] ").split(",") if item.strip(" '\""))


def whole_numbers(text: str) -> Tuple[int, ...]:
    """A comma-separated list of whole numbers."""
    try:
        return tuple(int(item) for item in text.split(",") if item.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(
            "must be whole numbers with commas between, not '{}'".format(text)
        ) from None


def parse_steps(text: str) -> FrozenSet[int]:
    """The steps of a list in the adapters' syntax, ``0|5|10-12``; ranges include both ends.

    Raises ``ValueError`` with a sentence for a malformed list and for more than :data:`MAX_STEPS` steps.
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


def _number(text: str) -> float:
    """``text`` as a number; one that no range holds where it is none."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _whole_number_from(text: str, minimum: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = minimum - 1
    if value < minimum:
        raise argparse.ArgumentTypeError("must be a whole number from {} up, not '{}'".format(minimum, text))
    return value
