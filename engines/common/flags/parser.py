"""A command line that is strict: no abbreviations, no unknown flags, booleans as True or False."""

from __future__ import annotations

import argparse
import difflib
from typing import Iterable, List

from engines.common.errors import UsageError


def nearest(word: str, candidates: Iterable[str]) -> str:
    """How a sentence about the unknown ``word`` ends: a suggestion, or just the full stop."""
    close = difflib.get_close_matches(word, list(candidates), n=1, cutoff=0.5)
    return "; did you mean '{}'?".format(close[0]) if close else "."


def boolean(text: str) -> bool:
    """The type of a flag written ``True`` or ``False``."""
    try:
        return {"true": True, "false": False}[text.lower()]
    except KeyError:
        raise argparse.ArgumentTypeError("must be True or False, not '{}'".format(text)) from None


def positive_int(text: str) -> int:
    """The type of a count of at least one."""
    return _number_from(text, 1)


def natural_int(text: str) -> int:
    """The type of a count that may be zero."""
    return _number_from(text, 0)


def fraction(text: str) -> float:
    """The type of a number from 0 to 1."""
    value = _number(text)
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError("must be a number from 0 to 1, not '{}'".format(text))
    return value


def dropped_share(text: str) -> float:
    """The type of a share of which something is left: from 0 up to but not 1."""
    value = _number(text)
    if not 0.0 <= value < 1.0:
        raise argparse.ArgumentTypeError("must be a number from 0 up to but not 1, not '{}'".format(text))
    return value


def positive_number(text: str) -> float:
    """The type of a finite number above 0."""
    value = _number(text)
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be a number above 0, not '{}'".format(text))
    return value


def names(text: str) -> List[str]:
    """The type of a comma-separated list; blanks and brackets around it are forgiven."""
    return [item.strip(" '\"") for item in text.strip("[] ").split(",") if item.strip(" '\"")]


class FlagParser(argparse.ArgumentParser):
    """An argument parser that raises :class:`UsageError` and names the nearest flag for an unknown one."""

    def __init__(self, prog: str, description: str) -> None:
        super().__init__(
            prog=prog,
            description=description,
            allow_abbrev=False,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )

    def parse(self, arguments: List[str]) -> argparse.Namespace:
        """The values of the flags. Raises :class:`UsageError`."""
        options, unknown = self.parse_known_args(arguments)
        for word in unknown:
            if word.startswith("-"):
                flag = word.split("=", 1)[0]
                raise UsageError(
                    "Unknown flag '{}'{}".format(flag, nearest(flag, self._option_string_actions))
                )
        if unknown:
            raise UsageError("'{}' stands alone: every value follows a flag.".format(unknown[0]))
        return options

    def error(self, message: str) -> None:  # type: ignore[override]
        """Turn argparse's complaint into one sentence."""
        text = message.replace("argument ", "Flag ", 1)
        raise UsageError(text[0].upper() + text[1:] + ("" if text.endswith(".") else "."))


def _number(text: str) -> float:
    """``text`` as a number; one that no range holds where it is none."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _number_from(text: str, minimum: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = minimum - 1
    if value < minimum:
        raise argparse.ArgumentTypeError("must be a whole number from {} up, not '{}'".format(minimum, text))
    return value
