"""The report of a data folder's check, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from console.i18n import Message


class ProblemLevel(str, Enum):
    """``ERROR``: a training will fail or learn something wrong. ``WARNING``: it may be meant."""

    WARNING = "warning"
    ERROR = "error"


class Depth(str, Enum):
    """The depth of a check.

    ``SAMPLED``: the framing of the first and last record of each file, a few records read whole.
    ``COUNTED``: the framing of every record too, so that all are counted exactly.
    ``FULL``: every byte of every file.
    """

    SAMPLED = "sampled"
    COUNTED = "counted"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class DataProblem:
    """One thing that is wrong with ``path``, a file or the folder itself."""

    level: ProblemLevel
    path: Path
    message: Message


@dataclass(frozen=True, slots=True)
class DataReport:
    """The content of a data folder and its problems.

    ``layout`` is ``None`` when none was recognised. ``train_images`` and ``eval_images`` are exact, or
    ``None`` where not every record was counted. ``records_read`` is how many were read whole and decoded.
    """

    folder: Path
    layout: str | None
    depth: Depth
    problems: tuple[DataProblem, ...] = ()
    train_images: int | None = None
    eval_images: int | None = None
    train_files: int = 0
    eval_files: int = 0
    records_read: int = 0

    @property
    def sound(self) -> bool:
        """True when nothing found is an error."""
        return all(problem.level is not ProblemLevel.ERROR for problem in self.problems)


def data_error(path: Path, key: str, /, **values: object) -> DataProblem:
    """A problem of level ``ERROR`` with the message ``key``."""
    return DataProblem(ProblemLevel.ERROR, path, Message.of(key, **values))


def data_warning(path: Path, key: str, /, **values: object) -> DataProblem:
    """A problem of level ``WARNING`` with the message ``key``."""
    return DataProblem(ProblemLevel.WARNING, path, Message.of(key, **values))
