"""What reading a data file told, and how the findings of many records and files are brought together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from console.catalog.data.listing import StoredFile
from console.catalog.data.report import DataProblem, data_error
from console.i18n import Message


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What reading a file told: its exact number of records, ``None`` when not known, and what is wrong."""

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
