"""The form of a data set that a folder holds."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable

from engines.autoaugment.data.cifar import find_cifar
from engines.autoaugment.data.photos import photo_folder
from engines.autoaugment.data.svhn import svhn_file
from engines.common.errors import UsageError

CIFAR_CLASSES = {"cifar10": 10, "cifar100": 100, "digits": 10}

EXPECTED = {
    "cifar10": "CIFAR-10's cifar-10-batches-bin or cifar-10-batches-py",
    "cifar100": "CIFAR-100's cifar-100-binary or cifar-100-python",
    "digits": "digits as TFRecord files or in CIFAR-10's layout",
    "svhn": "SVHN's train_32x32.mat and test_32x32.mat",
    "imagenet": "the folders train and val with a folder per class",
}


def check_parts(folder: Path, dataset: str, parts: Iterable[str]) -> None:
    """Raise :class:`UsageError` unless ``folder`` holds the ``parts`` of ``dataset``, train and validation."""
    if not folder.is_dir():
        raise UsageError("--data_dir {} is not a folder.".format(folder))
    for part in parts:
        if not _has_part(folder, dataset, part):
            raise UsageError(
                "--data_dir {} holds no {} images of {}: expected {}, or TFRecord files {}-*.".format(
                    folder, part, dataset, EXPECTED[dataset], part
                )
            )


def has_records(folder: Path, part: str) -> bool:
    """Whether there are TFRecord files of ``part``."""
    return any(path.is_file() for path in folder.glob(part + "-*-of-*"))


def _has_part(folder: Path, dataset: str, part: str) -> bool:
    train = part == "train"
    if has_records(folder, part):
        return True
    if dataset in CIFAR_CLASSES:
        return find_cifar(folder, CIFAR_CLASSES[dataset], train) is not None
    if dataset == "svhn":
        return svhn_file(folder, train).is_file()
    return photo_folder(folder, train) is not None
