"""The layouts by name: how a folder shows that it has one, its classes, its checker; and layout detection."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from console.catalog.data.checks.checker import LayoutChecker
from console.catalog.data.checks.listing import file_names, folder_names
from console.catalog.data.checks.report import DataProblem, data_error
from console.catalog.data.layouts import cifar, image_folder, slim, svhn, tfds
from console.catalog.data.layouts.cifar import CifarBinaryChecker, CifarPythonChecker
from console.catalog.data.layouts.image_folder import SUFFIXES, ImageFolderChecker
from console.catalog.data.layouts.names import IMAGE_FOLDER, LAYOUTS, SLIM_TFRECORD, SVHN_MAT, TFDS_TFRECORD
from console.catalog.data.layouts.slim import SlimChecker
from console.catalog.data.layouts.svhn import SvhnChecker
from console.catalog.data.layouts.tfds import TfdsChecker

FOLDERS_READ = 50
"""Folders directly in a data folder that are looked into for the layout that was wanted."""

FOLDERS_UP = 2
"""Levels above a folder at which the data may begin of which it is a part."""


@dataclass(frozen=True, slots=True)
class DatasetLayout:
    """A layout. ``count_classes`` gives ``None`` when a folder does not tell; ``example`` is the name of a file."""

    is_in: Callable[[Path], bool]
    count_classes: Callable[[Path], int | None]
    checker: Callable[[int | None], LayoutChecker]
    example: str


def _cifar(form: cifar.CifarForm) -> DatasetLayout:
    checker = CifarBinaryChecker if form.label_bytes else CifarPythonChecker
    return DatasetLayout(form.is_in, form.count_classes, partial(checker, form), form.train[0])


DATASET_LAYOUTS = {
    SLIM_TFRECORD: DatasetLayout(slim.is_in, slim.count_classes, SlimChecker, "train-00000-of-01024"),
    **{layout: _cifar(form) for layout, form in cifar.FORMS.items()},
    SVHN_MAT: DatasetLayout(svhn.is_in, lambda _: svhn.CLASSES, SvhnChecker, svhn.TRAIN_FILE),
    TFDS_TFRECORD: DatasetLayout(
        tfds.is_in, tfds.count_classes, TfdsChecker, "tf_flowers/3.0.1/dataset_info.json"
    ),
    IMAGE_FOLDER: DatasetLayout(
        image_folder.is_in, image_folder.count_classes, ImageFolderChecker, "train/<class>/1.jpg"
    ),
}
"""Every layout by its name."""


def detect_layout(folder: Path, layouts: Sequence[str] = LAYOUTS) -> str | None:
    """The first of ``layouts`` of which ``folder`` has any file, ``None`` when there is none."""
    return next((layout for layout in layouts if DATASET_LAYOUTS[layout].is_in(folder)), None)


def folder_problem(folder: Path) -> DataProblem | None:
    """Why ``folder`` cannot be looked at at all."""
    try:
        if not folder.is_dir():
            key = "data.not_a_folder" if folder.exists() else "data.folder_missing"
            return data_error(folder, key, folder=folder)
        with os.scandir(folder) as entries:
            empty = next(entries, None) is None
    except OSError as error:
        return data_error(folder, "data.folder_unreadable", folder=folder, reason=error.strerror)
    return data_error(folder, "data.folder_empty", folder=folder) if empty else None


def explain_absence(folder: Path, layouts: Sequence[str]) -> DataProblem:
    """Why a folder that has files has none of any of ``layouts``."""
    values = {"folder": folder, "wanted": ", ".join(layouts)}
    found = detect_layout(folder)
    if found is not None:
        return data_error(folder, "data.other_layout", found=found, **values)
    folders = [folder / name for name in folder_names(folder)[:FOLDERS_READ]]
    for inner in folders:
        if detect_layout(inner, layouts):
            return data_error(folder, "data.inner_folder", folder=folder, inner=inner)
    for outer in list(folder.parents)[:FOLDERS_UP]:
        if detect_layout(outer, layouts):
            return data_error(folder, "data.outer_folder", folder=folder, outer=outer)
    if any(name.lower().endswith(SUFFIXES) for inner in (folder, *folders) for name in file_names(inner)):
        key = "data.unsorted_images" if IMAGE_FOLDER in layouts else "data.plain_images"
        return data_error(folder, key, **values)
    return data_error(folder, "data.no_such_layout", example=DATASET_LAYOUTS[layouts[0]].example, **values)
