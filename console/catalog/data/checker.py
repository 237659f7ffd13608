"""What a layout has to provide so that folders in it can be checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from console.catalog.data.facts import FileFacts
from console.catalog.data.listing import StoredFile
from console.catalog.data.report import DataProblem

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
