"""Tell from the names in a folder which layout it has, and why it is not the one that was wanted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from console.catalog.data.cifar import batches_folder, test_name, train_names
from console.catalog.data.layouts import AUTO, LAYOUTS, SLIM_TFRECORD
from console.catalog.data.report import DataProblem, data_error
from console.catalog.data.slim import TRAIN, ShardName, parse_shard_name

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
NAMES_READ = 10_000
FOLDERS_READ = 50


def detect_layout(folder: Path, layouts: Sequence[str] = LAYOUTS) -> str | None:
    """The first of ``layouts`` of which ``folder`` has any file, ``None`` when there is none."""
    return next((layout for layout in layouts if _has_layout(folder, layout)), None)


def _has_layout(folder: Path, layout: str) -> bool:
    if layout == SLIM_TFRECORD:
        return any(map(parse_shard_name, _names(folder)))
    return not {*train_names(layout), test_name(layout)}.isdisjoint(_names(batches_folder(folder, layout)))


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


def explain_absence(folder: Path, wanted: str) -> DataProblem:
    """Why a folder that has files has none of the layout ``wanted`` (``auto``: of any)."""
    layouts = LAYOUTS if wanted == AUTO else (wanted,)
    values = {"folder": folder, "wanted": ", ".join(layouts)}
    found = detect_layout(folder)
    if found is not None:
        return data_error(folder, "data.other_layout", found=found, **values)
    folders = [path for path in (folder / name for name in _names(folder)[:FOLDERS_READ]) if path.is_dir()]
    for inner in folders:
        if detect_layout(inner, layouts):
            return data_error(folder, "data.inner_folder", folder=folder, inner=inner)
    if any(name.lower().endswith(IMAGE_SUFFIXES) for inner in (folder, *folders) for name in _names(inner)):
        return data_error(folder, "data.plain_images", **values)
    return data_error(folder, "data.no_such_layout", example=_example(layouts[0]), **values)


def _example(layout: str) -> str:
    return str(ShardName(TRAIN, 0, 1024)) if layout == SLIM_TFRECORD else train_names(layout)[0]


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in islice(entries, NAMES_READ))
    except OSError:
        return []
