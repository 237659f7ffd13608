"""The data dump."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DataDump:
    """Write tensors at the steps named in the adapter's syntax, for example ``0|5|10-12``."""

    steps: str = "10"
