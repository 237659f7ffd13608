"""The two kinds of failure that are told in one sentence instead of a traceback."""

from __future__ import annotations


class UsageError(Exception):
    """The command line, the environment or the data it names is wrong. Exit code 2."""


class EngineError(Exception):
    """The run cannot go on for a reason outside the program. Exit code 1."""
