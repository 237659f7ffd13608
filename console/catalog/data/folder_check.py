"""Check a data folder and name what is missing or damaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from console.catalog.data.checks.checker import FileFacts, Inventory, LayoutChecker, merge
from console.catalog.data.checks.index import FolderIndex
from console.catalog.data.checks.listing import StoredFile
from console.catalog.data.checks.parallel import Progress, full_workers, glance_workers, read_each
from console.catalog.data.checks.report import DataReport, Depth, data_error
from console.catalog.data.layouts.names import AUTO, LAYOUTS
from console.catalog.data.layouts.registry import (
    DATASET_LAYOUTS,
    detect_layout,
    explain_absence,
    folder_problem,
)

SMALL = 256 << 20
"""Bytes up to which a sampled check becomes a counted one: that takes a fraction of a second."""

FILES_SAMPLED = 4
"""Files of each split from which a sampled check reads records whole."""

FactsOfFiles = dict[StoredFile, FileFacts]


def check_folder(
    folder: Path,
    layout: str | Sequence[str],
    num_classes: int | None,
    *,
    full: bool = False,
    count: bool = False,
    recheck: bool = False,
    progress: Progress | None = None,
) -> DataReport:
    """Check ``folder`` against ``layout``, or against whichever it has of several or with ``auto`` of all.

    How far it looks is told by :class:`~console.catalog.data.checks.report.Depth`.
    Without ``num_classes`` the number of classes is that of the folder's own list of names, if it has one.
    A sampled check does not open again what it found whole before and is unchanged, unless ``recheck``.
    ``progress`` is told of the bytes done, of how many.
    """
    folder = folder.absolute()
    depth = Depth.FULL if full else Depth.COUNTED if count else Depth.SAMPLED
    unusable = folder_problem(folder)
    if unusable:
        return DataReport(folder, None, depth, (unusable,))
    layouts = LAYOUTS if layout == AUTO else (layout,) if isinstance(layout, str) else layout
    found = detect_layout(folder, layouts)
    if found is None:
        return DataReport(folder, None, depth, (explain_absence(folder, layouts),))
    if num_classes is None:
        num_classes = DATASET_LAYOUTS[found].count_classes(folder)
    checker = DATASET_LAYOUTS[found].checker(num_classes)
    try:
        inventory = checker.take_inventory(folder)
    except OSError as error:
        problem = data_error(folder, "data.folder_unreadable", folder=folder, reason=error.strerror)
        return DataReport(folder, found, depth, (problem,))
    if depth is Depth.SAMPLED and sum(file.size for file in inventory.files) <= SMALL:
        depth = Depth.COUNTED
    index = FolderIndex(folder, found, num_classes)
    if depth is Depth.FULL:
        facts = read_each(inventory.files, checker.read, full_workers(len(inventory.files)), progress)
        sampled: FactsOfFiles = {}
    else:
        facts = _glance(checker, inventory.files, index, depth is Depth.COUNTED, recheck, progress)
        sampled = _sample(checker, inventory, facts)
    _remember(index, facts)
    return _report(DataReport(folder, found, depth, inventory.problems), inventory, facts, sampled)


def _glance(
    checker: LayoutChecker,
    files: Sequence[StoredFile],
    index: FolderIndex,
    count: bool,
    recheck: bool,
    progress: Progress | None,
) -> FactsOfFiles:
    """The facts of all files, from the index where it may be trusted."""
    facts = {
        file: FileFacts(index.records(file))
        for file in files
        if not recheck and index.holds(file) and not (count and index.records(file) is None)
    }
    to_open = [file for file in files if file not in facts]
    if to_open:
        facts |= read_each(
            to_open, lambda file, _: checker.glance(file, count), glance_workers(len(to_open)), progress
        )
    return {
        file: replace(facts[file], records=index.records(file))
        if facts[file] == FileFacts(None)
        else facts[file]
        for file in files
    }


def _sample(checker: LayoutChecker, inventory: Inventory, facts: FactsOfFiles) -> FactsOfFiles:
    """Records read whole from a few files of each split, evenly spread over those found whole."""
    chosen: list[StoredFile] = []
    for split in (inventory.train, inventory.evaluation):
        whole = [file for file in split if not facts[file].problems]
        last = max(len(whole) - 1, 0)
        numbers = {last * number // (FILES_SAMPLED - 1) for number in range(FILES_SAMPLED)}
        chosen += [whole[number] for number in sorted(numbers) if whole]
    return read_each(chosen, lambda file, _: checker.sample(file), 1, None)


def _remember(index: FolderIndex, facts: FactsOfFiles) -> None:
    for file, found in facts.items():
        if found.problems:
            index.forget(file)
        else:
            index.note(file, found.records)
    index.save()


def _report(
    report: DataReport, inventory: Inventory, facts: FactsOfFiles, sampled: FactsOfFiles
) -> DataReport:
    train = merge(facts[file] for file in inventory.train)
    evaluation = merge(facts[file] for file in inventory.evaluation)
    samples = merge(sampled.values())
    train_images, eval_images = _images(inventory, train.records, evaluation.records)
    whole = inventory.whole_folders
    return replace(
        report,
        problems=report.problems + train.problems + evaluation.problems + samples.problems,
        train_images=train_images,
        eval_images=eval_images,
        train_files=train_images or 0 if whole else len(inventory.train),
        eval_files=eval_images or 0 if whole else len(inventory.evaluation),
        records_read=train.records_read + evaluation.records_read + samples.records_read,
    )


def _images(inventory: Inventory, train: int | None, evaluation: int | None) -> tuple[int | None, int | None]:
    """The images to train on and to evaluate on, where the latter may lie among the former."""
    if inventory.train_percent == 100 or train is None:
        return train, evaluation
    trained_on = round(train * inventory.train_percent / 100)
    return trained_on, train - trained_on
