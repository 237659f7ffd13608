"""The interface of a layout's checker, and the findings it returns of records and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from console.catalog.data.checks.listing import StoredFile
from console.catalog.data.checks.report import DataProblem, data_error
from console.i18n import Message

Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Inventory:
    """The data files of a folder by purpose, and what their names and sizes alone show to be wrong.

    ``train_percent`` is less than 100 where the training files hold the evaluation images too: their first
    records, so many in a hundred, are trained on. ``whole_folders`` is true where each image is a file of its
    own and what is listed are the folders they lie in.
    """

    train: tuple[StoredFile, ...]
    evaluation: tuple[StoredFile, ...]
    problems: tuple[DataProblem, ...]
    train_percent: int = 100
    whole_folders: bool = False

    @property
    def files(self) -> tuple[StoredFile, ...]:
        """All data files."""
        return self.train + self.evaluation


class LayoutChecker(Protocol):
    """Reads the files of a layout to three depths; each raises ``OSError`` for a file it cannot read."""

    def take_inventory(self, folder: Path) -> Inventory:
        """Find the data files; touches none of them."""
        ...

    def glance(self, file: StoredFile, count: bool) -> FileFacts:
        """Whether the file is whole, as far as a quick look tells; ``count`` its records exactly."""
        ...

    def sample(self, file: StoredFile) -> FileFacts:
        """Read and decode a few records."""
        ...

    def read(self, file: StoredFile, cancelled: Cancelled) -> FileFacts:
        """Read and decode every record, giving up when ``cancelled()`` becomes true."""
        ...


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The result of reading a file: its exact number of records, ``None`` when not known, and its problems."""

    records: int | None
    problems: tuple[DataProblem, ...] = ()
    records_read: int = 0


def empty_file(file: StoredFile) -> FileFacts:
    """The facts of a file of no bytes."""
    return FileFacts(0, (data_error(file.path, "data.file_empty", file=file.path.name),))


class RecordProblems:
    """Gathers what is wrong with the records of a file: tells the first of each kind, counts the others."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._first: dict[str, dict[str, object]] = {}
        self._count: dict[str, int] = {}

    def add(self, key: str, /, **values: object) -> None:
        """Note a record's problem; ``values`` fill the message, which also has ``file`` and ``more``."""
        self._first.setdefault(key, values)
        self._count[key] = self._count.get(key, 0) + 1

    def all(self) -> tuple[DataProblem, ...]:
        """One problem per kind."""
        return tuple(
            data_error(self._path, key, file=self._path.name, more=_and_more(self._count[key] - 1), **values)
            for key, values in self._first.items()
        )


def _and_more(count: int) -> Message | str:
    return Message.of("data.and_more", count=count) if count else ""


def merge(facts: Iterable[FileFacts]) -> FileFacts:
    """The facts of several files as one; the number of records is known when each file's is."""
    listed = list(facts)
    counts = [one.records for one in listed]
    return FileFacts(
        records=None if None in counts else sum(count for count in counts if count is not None),
        problems=tuple(problem for one in listed for problem in one.problems),
        records_read=sum(one.records_read for one in listed),
    )
