"""Flags of a seed's scripts that have nothing to set here: said where harmless, refused where not."""

from __future__ import annotations

import argparse
from typing import Any, Dict, Mapping, Tuple

from engines.common.errors import UsageError

OFF = ("", "none", "false", "null")
"""Values by which a flag asks for nothing."""


class LeftoverFlags:
    """``superseded`` change nothing in what is learned, each with what holds in its place; ``elsewhere`` ask for
    what is not here, each with what to use instead."""

    def __init__(self, superseded: Mapping[str, str], elsewhere: Mapping[str, str]) -> None:
        self._superseded = superseded
        self._elsewhere = elsewhere

    def add_to(self, parser: argparse.ArgumentParser) -> None:
        """Let scripts of the seed pass."""
        if not self._superseded and not self._elsewhere:
            return
        group = parser.add_argument_group("flags of the seed without effect here")
        for name, instead in self._superseded.items():
            group.add_argument("--" + name, default=None, help="taken and not used: " + instead)
        for name, instead in self._elsewhere.items():
            group.add_argument("--" + name, default=None, help="refused unless off; use " + instead)

    def take(self, values: Dict[str, Any]) -> Tuple[str, ...]:
        """Remove these flags from ``values``; the result is a sentence for each that was given and is not used.

        Raises :class:`UsageError` where one asks for what is not here.
        """
        given = {name: values.pop(name) for name in (*self._superseded, *self._elsewhere)}
        for name, instead in self._elsewhere.items():
            value = given[name]
            if value is not None and value.lower() not in OFF:
                raise UsageError("--{} {} has no meaning here; use {}.".format(name, value, instead))
        return tuple(
            "--{} is not used: {}.".format(name, reason)
            for name, reason in self._superseded.items()
            if given[name] is not None
        )


NO_LEFTOVERS = LeftoverFlags({}, {})
