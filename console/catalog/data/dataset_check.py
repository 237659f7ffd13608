"""Check the folder of a known data set, and compare what it holds with what the data set should."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from console.catalog.data.checks.parallel import Progress
from console.catalog.data.checks.report import DataProblem, DataReport, data_warning
from console.catalog.data.folder_check import check_folder
from console.catalog.data.layouts.shards import TRAIN, VALIDATION
from console.catalog.datasets import Dataset


def check_dataset(
    dataset: Dataset,
    folder: Path,
    layouts: Sequence[str] = (),
    *,
    full: bool = False,
    count: bool = False,
    recheck: bool = False,
    progress: Progress | None = None,
) -> DataReport:
    """A :func:`~console.catalog.data.folder_check.check_folder` for any of ``layouts``, by default the data set's.

    A sound folder whose exact numbers are not those of the data set is a warning: it may be a part of it, or
    divided into files differently.
    """
    report = check_folder(
        folder,
        layouts or dataset.layouts,
        dataset.num_classes,
        full=full,
        count=count,
        recheck=recheck,
        progress=progress,
    )
    surprises = tuple(_surprises(dataset, report)) if report.sound else ()
    return replace(report, problems=report.problems + surprises)


def _surprises(dataset: Dataset, report: DataReport) -> Iterator[DataProblem]:
    for split, images, expected_images, files, expected_files in (
        (TRAIN, report.train_images, dataset.train_images, report.train_files, dataset.train_files),
        (VALIDATION, report.eval_images, dataset.eval_images, report.eval_files, dataset.eval_files),
    ):
        values = {"folder": report.folder, "split": split, "dataset": dataset.name}
        if images is not None and expected_images not in (None, images):
            yield data_warning(
                report.folder, "data.other_count", found=images, expected=expected_images, **values
            )
        elif images is None and expected_files not in (None, files):
            yield data_warning(
                report.folder, "data.other_files", found=files, expected=expected_files, **values
            )
