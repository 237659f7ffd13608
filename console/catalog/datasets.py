"""The data sets the console knows: those shipped with it, and those of the user's ``datasets.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from console import locations
from console.catalog.profile import LocalizedText

if TYPE_CHECKING:
    from console.catalog.problems import ProfileProblem

USER_FILE_NAME = "datasets.yaml"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set. ``layouts`` are the forms it may have on disk, the usual one first.

    Counts are of images, and of files in layouts where their number is free; ``None`` is not known.
    ``builtin`` ones can be written by :func:`console.catalog.data.builtin.writer.write_builtin`. ``folder`` is where
    it is when no other folder is chosen, ``None`` when that is not known.
    """

    name: str
    title: LocalizedText
    layouts: tuple[str, ...]
    num_classes: int
    train_images: int | None = None
    eval_images: int | None = None
    train_files: int | None = None
    eval_files: int | None = None
    builtin: bool = False
    folder: Path | None = None

    @property
    def layout(self) -> str:
        """The usual layout."""
        return self.layouts[0]


@dataclass(frozen=True, slots=True)
class DatasetTable:
    """The data sets by name, and the mistakes in the user's file."""

    datasets: Mapping[str, Dataset]
    problems: tuple[ProfileProblem, ...]


def load_datasets() -> Mapping[str, Dataset]:
    """The data sets by name: the shipped ones, then the user's."""
    return read_datasets().datasets


def read_datasets(user_file: Path | None = None) -> DatasetTable:
    """Read the shipped table and the user's (default: ``datasets.yaml`` in the configuration folder).

    An entry of the user's with the name of a shipped one changes only the keys it gives. A bad entry is left
    out and reported; a shipped data set that it meant to change stays as it is.
    """
    from console.catalog.dataset_schema import read_entries

    entries, problems = read_entries(user_file or locations.config_dir() / USER_FILE_NAME)
    datasets = (Dataset(name=name, **fields) for name, fields in entries.items())
    return DatasetTable({one.name: _with_folder(one) for one in datasets}, problems)


def _with_folder(dataset: Dataset) -> Dataset:
    if dataset.builtin and dataset.folder is None:
        return replace(dataset, folder=locations.data_dir() / dataset.name)
    return dataset
