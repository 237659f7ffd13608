"""Flags of a seed's scripts that have nothing to set here: said where harmless, refused where not."""

from __future__ import annotations

import argparse
from typing import List, Mapping

from engines.common.errors import UsageError
from engines.common.flags.parser import FlagParser

OFF = ("", "none", "false", "null")
"""Values by which a flag asks for nothing."""


class LeftoverFlags:
    """``superseded`` change nothing in what is learned, each with what holds in its place; ``elsewhere`` ask for
    what is not here, each with what to use instead."""

    def __init__(self, superseded: Mapping[str, str], elsewhere: Mapping[str, str]) -> None:
        self._superseded = superseded
        self._elsewhere = elsewhere

    def add_to(self, parser: FlagParser) -> None:
        """Let scripts of the seed pass."""
        group = parser.add_argument_group("flags of the seed without effect here")
        for name, instead in self._superseded.items():
            group.add_argument("--" + name, default=None, help="taken and not used: " + instead)
        for name, instead in self._elsewhere.items():
            group.add_argument("--" + name, default=None, help="refused unless off; use " + instead)

    def refuse(self, options: argparse.Namespace) -> None:
        """Raise :class:`UsageError` where a flag asks for what is not here."""
        for name, instead in self._elsewhere.items():
            value = getattr(options, name)
            if value is not None and value.lower() not in OFF:
                raise UsageError("--{} {} has no meaning here; use {}.".format(name, value, instead))

    def notices(self, options: argparse.Namespace) -> List[str]:
        """A sentence for each flag that was given and is not used."""
        return [
            "--{} is not used: {}.".format(name, reason)
            for name, reason in self._superseded.items()
            if getattr(options, name) is not None
        ]
