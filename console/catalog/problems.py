"""The mistakes in a profile file, each with its file, line and key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from console.catalog.document import Place
from console.i18n import Message


@dataclass(frozen=True, slots=True)
class ProfileProblem:
    """One mistake: ``line`` counts from 1, ``key`` is dotted (``parameters.lr.default``) or empty."""

    file: Path
    line: int
    key: str
    message: Message

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        return f"{self.file}:{self.line}: {key}{self.message}"


class Problems:
    """Collects the problems of one file.

    A value inherited from another file can turn out wrong only by what this file changes, so that such a
    problem is shown at ``inherited_line``, where this file names the other.
    """

    def __init__(self, file: Path, inherited_line: int = 1) -> None:
        self._file = file
        self._inherited_line = inherited_line
        self.found: list[ProfileProblem] = []

    def add(self, place: Place, key: str, message: Message) -> None:
        """Note a problem at a place of this or of the inherited file."""
        line = place.line if place.file == self._file else self._inherited_line
        self.found.append(ProfileProblem(self._file, line, key, message))
