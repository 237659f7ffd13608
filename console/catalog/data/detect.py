"""Tell from the names in a folder which layout it has, and why it is not the one that was wanted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from console.catalog.data.known import KNOWN
from console.catalog.data.layouts import IMAGE_FOLDER, LAYOUTS
from console.catalog.data.listing import file_names, folder_names
from console.catalog.data.photo_folders import SUFFIXES
from console.catalog.data.report import DataProblem, data_error

FOLDERS_READ = 50
FOLDERS_UP = 2
"""How far above a folder the data may begin of which it is a part."""


def detect_layout(folder: Path, layouts: Sequence[str] = LAYOUTS) -> str | None:
    """The first of ``layouts`` of which ``folder`` has any file, ``None`` when there is none."""
    return next((layout for layout in layouts if KNOWN[layout].is_in(folder)), None)


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
    return data_error(folder, "data.no_such_layout", example=KNOWN[layouts[0]].example, **values)
