"""What is known of each layout: how a folder shows that it has it, its classes, and how it is checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from console.catalog.data import cifar, photo_folders, slim, svhn, tfds
from console.catalog.data.checker import LayoutChecker
from console.catalog.data.cifar_check import CifarBinaryChecker, CifarPythonChecker
from console.catalog.data.layouts import IMAGE_FOLDER, SLIM_TFRECORD, SVHN_MAT, TFDS_TFRECORD
from console.catalog.data.photo_folders import PhotoFolderChecker
from console.catalog.data.slim_check import SlimChecker
from console.catalog.data.svhn import SvhnChecker
from console.catalog.data.tfds_check import TfdsChecker


@dataclass(frozen=True, slots=True)
class KnownLayout:
    """A layout. ``example`` is the name of one of its files.

    ``count_classes`` and ``checker`` also get the name of the data set, which tells it from others that lie in
    the same folder; ``None`` where it is not known. ``count_classes`` gives ``None`` when the folder does not
    tell.
    """

    is_in: Callable[[Path], bool]
    count_classes: Callable[[Path, str | None], int | None]
    checker: Callable[[int | None, str | None], LayoutChecker]
    example: str


def _cifar(form: cifar.CifarForm) -> KnownLayout:
    checker = CifarBinaryChecker if form.label_bytes else CifarPythonChecker
    return KnownLayout(
        is_in=form.is_in,
        count_classes=lambda folder, _: form.count_classes(folder),
        checker=lambda classes, _: checker(form, classes),
        example=form.train[0],
    )


KNOWN = {
    SLIM_TFRECORD: KnownLayout(
        is_in=slim.is_in,
        count_classes=lambda folder, _: slim.count_classes(folder),
        checker=lambda classes, _: SlimChecker(classes),
        example="train-00000-of-01024",
    ),
    **{layout: _cifar(form) for layout, form in cifar.FORMS.items()},
    SVHN_MAT: KnownLayout(
        is_in=svhn.is_in,
        count_classes=lambda *_: svhn.CLASSES,
        checker=lambda classes, _: SvhnChecker(classes),
        example=svhn.TRAIN_FILE,
    ),
    TFDS_TFRECORD: KnownLayout(
        is_in=tfds.is_in,
        count_classes=tfds.count_classes,
        checker=TfdsChecker,
        example="tf_flowers/3.0.1/dataset_info.json",
    ),
    IMAGE_FOLDER: KnownLayout(
        is_in=photo_folders.is_in,
        count_classes=lambda folder, _: photo_folders.count_classes(folder),
        checker=lambda classes, _: PhotoFolderChecker(classes),
        example="train/<class>/1.jpg",
    ),
}
"""Every layout by its name."""
