"""What is known of each layout: how a folder shows that it has it, its classes, and how it is checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
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
    """A layout. ``count_classes`` gives ``None`` when a folder does not tell; ``example`` is the name of a file."""

    is_in: Callable[[Path], bool]
    count_classes: Callable[[Path], int | None]
    checker: Callable[[int | None], LayoutChecker]
    example: str


def _cifar(form: cifar.CifarForm) -> KnownLayout:
    checker = CifarBinaryChecker if form.label_bytes else CifarPythonChecker
    return KnownLayout(form.is_in, form.count_classes, partial(checker, form), form.train[0])


KNOWN = {
    SLIM_TFRECORD: KnownLayout(slim.is_in, slim.count_classes, SlimChecker, "train-00000-of-01024"),
    **{layout: _cifar(form) for layout, form in cifar.FORMS.items()},
    SVHN_MAT: KnownLayout(svhn.is_in, lambda _: svhn.CLASSES, SvhnChecker, svhn.TRAIN_FILE),
    TFDS_TFRECORD: KnownLayout(
        tfds.is_in, tfds.count_classes, TfdsChecker, "tf_flowers/3.0.1/dataset_info.json"
    ),
    IMAGE_FOLDER: KnownLayout(
        photo_folders.is_in, photo_folders.count_classes, PhotoFolderChecker, "train/<class>/1.jpg"
    ),
}
"""Every layout by its name."""
