"""Flags under the name they have here and the one that an engine's seed gave them."""

from __future__ import annotations

from types import MappingProxyType
from typing import List, Mapping

SeedNames = Mapping[str, str]
"""What a seed calls some flags, by our name of each, such as ``{"run_dir": "--model_dir"}``."""

NO_SEED_NAMES: SeedNames = MappingProxyType({})


def spelled(name: str, seed_names: SeedNames) -> List[str]:
    """The spellings of the flag ``name``; the first is ours, from which its place in the options comes."""
    return ["--" + name] + [word for ours, word in seed_names.items() if ours == name]
