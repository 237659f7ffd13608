"""Which form of a data set a folder holds, and reading it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Optional

from engines.autoaugment.data.cifar import SIDE, find_cifar, read_cifar
from engines.autoaugment.data.photos import decode_all, photo_folder, read_photo_folder, slim_photos
from engines.autoaugment.data.sets import ImageSet, PixelSet, SyntheticSet
from engines.autoaugment.data.svhn import read_svhn, svhn_file
from engines.common.data.record_sets import open_record_set
from engines.common.errors import UsageError
from engines.common.job import Job

CIFAR_CLASSES = {"cifar10": 10, "cifar100": 100, "digits": 10}

EXPECTED = {
    "cifar10": "CIFAR-10's cifar-10-batches-bin or cifar-10-batches-py",
    "cifar100": "CIFAR-100's cifar-100-binary or cifar-100-python",
    "digits": "digits as TFRecord files or in CIFAR-10's layout",
    "svhn": "SVHN's train_32x32.mat and test_32x32.mat",
    "imagenet": "the folders train and val with a folder per class",
}


def check_data(options: argparse.Namespace) -> None:
    """Raise :class:`UsageError` unless ``--data_dir`` holds the parts that the mode reads."""
    if not options.data_dir.is_dir():
        raise UsageError("--data_dir {} is not a folder.".format(options.data_dir))
    for part in ["train"] * (options.mode != "evaluate") + ["validation"] * (options.mode != "train"):
        if not _has_part(options, part):
            raise UsageError(
                "--data_dir {} holds no {} images of {}: expected {}, or TFRecord files {}-*.".format(
                    options.data_dir, part, options.dataset, EXPECTED[options.dataset], part
                )
            )


def _has_part(options: argparse.Namespace, part: str) -> bool:
    folder, train = options.data_dir, part == "train"
    if _has_records(folder, part):
        return True
    if options.dataset in CIFAR_CLASSES:
        return find_cifar(folder, CIFAR_CLASSES[options.dataset], train) is not None
    if options.dataset == "svhn":
        return svhn_file(folder, train).is_file()
    return photo_folder(folder, train) is not None


def open_images(job: Job, part: str) -> Optional[ImageSet]:
    """The training (``train``) or evaluation (``validation``) set; ``None`` when a stop was asked for.

    Raises :class:`UsageError` for what cannot be read.
    """
    options, train = job.options, part == "train"
    if options.synthetic:
        return SyntheticSet(options.synthetic_train_images if train else options.synthetic_eval_images)
    folder = options.data_dir
    if _has_records(folder, part):
        cache = job.run_dir / "index" / (part + ".npz")
        index = open_record_set(folder, part, cache, job.ranks, job.stop)
        if index is None:
            return None
        photos = slim_photos(index, options.num_classes)
        return photos if options.dataset == "imagenet" else decode_all(photos, options.image_size)
    if options.dataset == "imagenet":
        place = photo_folder(folder, train)
        assert place is not None
        return read_photo_folder(place, options.num_classes)
    images = _read_small(options, train)
    _check_small(images, options)
    return images


def _read_small(options: argparse.Namespace, train: bool) -> PixelSet:
    if options.dataset == "svhn":
        return read_svhn(svhn_file(options.data_dir, train))
    found = find_cifar(options.data_dir, CIFAR_CLASSES[options.dataset], train)
    assert found is not None
    return read_cifar(*found)


def _check_small(images: PixelSet, options: argparse.Namespace) -> None:
    if options.image_size != SIDE:
        raise UsageError(
            "--image_size {} does not fit {}, whose images are {}x{}.".format(
                options.image_size, options.dataset, SIDE, SIDE
            )
        )
    largest = int(images.labels.max())
    if largest >= options.num_classes:
        raise UsageError(
            "{} has label {}, but --num_classes is {}.".format(options.dataset, largest, options.num_classes)
        )


def _has_records(folder: Path, part: str) -> bool:
    return any(path.is_file() for path in folder.glob(part + "-*-of-*"))
