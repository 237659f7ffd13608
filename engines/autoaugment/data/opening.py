"""Reading a data set in the form that its folder holds."""

from __future__ import annotations

from typing import Optional

from engines.autoaugment.data.cifar import SIDE, find_cifar, read_cifar
from engines.autoaugment.data.layouts import CIFAR_CLASSES, has_records
from engines.autoaugment.data.photos import decode_all, photo_folder, read_photo_folder, slim_photos
from engines.autoaugment.data.sets import ImageSet, PixelSet, SyntheticSet
from engines.autoaugment.data.svhn import read_svhn, svhn_file
from engines.autoaugment.recipe import AutoAugmentSettings
from engines.common.data.tfrecords import open_record_set
from engines.common.errors import UsageError
from engines.common.job import Job


def open_images(job: Job, part: str) -> Optional[ImageSet]:
    """The training (``train``) or evaluation (``validation``) set; ``None`` when a stop was asked for.

    Raises :class:`UsageError` for what cannot be read.
    """
    options, train = AutoAugmentSettings.of(job.options), part == "train"
    if options.synthetic:
        return SyntheticSet(options.synthetic_train_images if train else options.synthetic_eval_images)
    folder = options.data_dir
    if has_records(folder, part):
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


def _read_small(options: AutoAugmentSettings, train: bool) -> PixelSet:
    if options.dataset == "svhn":
        return read_svhn(svhn_file(options.data_dir, train))
    found = find_cifar(options.data_dir, CIFAR_CLASSES[options.dataset], train)
    assert found is not None
    return read_cifar(*found)


def _check_small(images: PixelSet, options: AutoAugmentSettings) -> None:
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
