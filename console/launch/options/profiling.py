"""The framework trace."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trace:
    """Record a framework trace from step ``first`` to step ``last``, both included."""

    first: int = 10
    last: int = 20
