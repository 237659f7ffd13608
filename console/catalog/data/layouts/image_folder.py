"""Images in a folder per class: ``train/<class>/*.jpg`` and ``val/<class>/*.jpg``.

Labels are given by the order of the names of the class folders.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from console.catalog.data.checks.checker import Cancelled, FileFacts, Inventory
from console.catalog.data.checks.listing import StoredFile, folder_names, list_folders
from console.catalog.data.checks.report import DataProblem, data_error, data_warning
from console.catalog.data.formats.images import PHOTO_FORMATS, UndecodableImageError, probe_image
from console.catalog.data.layouts.shards import TRAIN, VALIDATION, missing_split, some_of

SPLIT_FOLDERS = {TRAIN: (TRAIN,), VALIDATION: ("val", VALIDATION, "test")}
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
SAMPLES = 4
"""Images of a class folder that a sampled check decodes."""
DAMAGED_SHOWN = 10
"""Damaged images of a class folder that are named; the others are counted."""


def split_folder(folder: Path, split: str) -> Path | None:
    """The folder of a split, ``None`` where there is none."""
    return next((folder / name for name in SPLIT_FOLDERS[split] if (folder / name).is_dir()), None)


def is_in(folder: Path) -> bool:
    """True when ``folder`` has the class folders of any split."""
    places = (split_folder(folder, split) for split in SPLIT_FOLDERS)
    return any(place is not None and folder_names(place) for place in places)


def count_classes(folder: Path) -> int | None:
    """The number of class folders to train on, ``None`` without any."""
    place = split_folder(folder, TRAIN)
    return len(folder_names(place)) or None if place is not None else None


@dataclass(frozen=True, slots=True)
class ImageFolderChecker:
    """Reads folders of the layout ``image-folder``; what it takes for a file is the folder of a class."""

    num_classes: int | None

    def take_inventory(self, folder: Path) -> Inventory:
        """Find the class folders, and compare those of the splits."""
        places = {split: split_folder(folder, split) for split in SPLIT_FOLDERS}
        classes = {split: list_folders(place) if place else () for split, place in places.items()}
        problems: list[DataProblem] = []
        for split, place in places.items():
            if place is None:
                problems.append(missing_split(folder, split, f"{SPLIT_FOLDERS[split][0]}/<class>/1.jpg"))
            elif not classes[split]:
                problems.append(data_error(place, "data.no_class_folders", folder=place))
        counted = places[TRAIN] or places[VALIDATION]
        if counted is not None:
            problems += self._number_problems(counted, len(classes[TRAIN] or classes[VALIDATION]))
        if all(classes.values()):
            problems += _differences(folder, *classes.values())
        return Inventory(classes[TRAIN], classes[VALIDATION], tuple(problems), whole_folders=True)

    def glance(self, file: StoredFile, count: bool) -> FileFacts:
        """Count the images by their names."""
        images = _image_names(file.path)
        if not images:
            return FileFacts(0, (data_error(file.path, "data.class_folder_empty", folder=file.path),))
        return FileFacts(len(images))

    def sample(self, file: StoredFile) -> FileFacts:
        """Decode a few images spread over the folder."""
        names = _image_names(file.path)
        last = len(names) - 1
        chosen = sorted({last * number // (SAMPLES - 1) for number in range(SAMPLES)}) if names else []
        return _decode(file.path, [names[number] for number in chosen], lambda: False)

    def read(self, file: StoredFile, cancelled: Cancelled) -> FileFacts:
        """Decode every image."""
        counted = self.glance(file, count=True)
        if counted.problems:
            return counted
        decoded = _decode(file.path, _image_names(file.path), cancelled)
        return FileFacts(counted.records, decoded.problems, decoded.records_read)

    def _number_problems(self, place: Path, found: int) -> Iterator[DataProblem]:
        if not found or self.num_classes is None or found == self.num_classes:
            return
        values = {"folder": place, "found": found, "expected": self.num_classes}
        if found > self.num_classes:
            yield data_error(place, "data.too_many_classes", **values)
        else:
            yield data_warning(place, "data.few_classes", **values)


def _differences(
    folder: Path, train: Sequence[StoredFile], evaluation: Sequence[StoredFile]
) -> Iterator[DataProblem]:
    """Classes that only one split has shift the labels of all that come after them."""
    of_train, of_evaluation = ({one.path.name for one in split} for split in (train, evaluation))
    differing = sorted(of_train ^ of_evaluation)
    if differing:
        yield data_error(folder, "data.classes_differ", folder=folder, names=some_of(differing))


def _image_names(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(
            entry.name for entry in entries if entry.name.lower().endswith(SUFFIXES) and entry.is_file()
        )


def _decode(folder: Path, names: Sequence[str], cancelled: Cancelled) -> FileFacts:
    problems: list[DataProblem] = []
    damaged = 0
    for name in names:
        if cancelled():
            return FileFacts(None)
        problem = _image_problem(folder / name)
        if problem is not None:
            damaged += 1
            problems += [problem] if damaged <= DAMAGED_SHOWN else []
    if damaged > DAMAGED_SHOWN:
        count = damaged - DAMAGED_SHOWN
        problems.append(data_error(folder, "data.more_damaged", folder=folder, count=count))
    return FileFacts(None, tuple(problems), records_read=len(names))


def _image_problem(path: Path) -> DataProblem | None:
    try:
        probe_image(path.read_bytes(), PHOTO_FORMATS)
    except UndecodableImageError:
        return data_error(path, "data.photo_undecodable", file=path)
    except OSError as error:
        return data_error(path, "data.file_unreadable", file=path, reason=error.strerror)
    return None
