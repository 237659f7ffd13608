"""The overflow dump."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OverflowDump:
    """Check every step for non-finite values and write the offending tensors."""

    stop_on_overflow: bool = False
