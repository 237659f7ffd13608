"""Flags of the seed's scripts that have nothing to set here."""

from __future__ import annotations

from engines.common.flags.leftovers import LeftoverFlags

_NOTHING = "the original code does nothing with it"

LEFTOVERS = LeftoverFlags(
    superseded={
        "shard": "each rank reads its own part of the images, always",
        "debug": _NOTHING,
        "eval": _NOTHING,
        "display": _NOTHING,
        "dtype": "--precision_mode sets the number formats",
    },
    elsewhere={},
)
