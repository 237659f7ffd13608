"""CIFAR-10's two layouts: file names, and writing a data set of 32x32 images in them.

Described at https://www.cs.toronto.edu/~kriz/cifar.html. Both keep an image as 3,072 bytes, the red plane,
the green, the blue, each row by row; labels count from 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from console.catalog.data.images import ImageSet, LabelledImage
from console.catalog.data.layouts import CIFAR10_BINARY, CIFAR10_PYTHON
from console.catalog.data.python2_pickle import dump_python2

BATCHES = 5
IMAGE_BYTES = 3 * 32 * 32
RECORD_BYTES = 1 + IMAGE_BYTES
"""One byte of label before each image, in the binary version."""

UNPACKED_AS = {CIFAR10_BINARY: "cifar-10-batches-bin", CIFAR10_PYTHON: "cifar-10-batches-py"}
"""The folder inside the published archives."""

_SUFFIX = {CIFAR10_BINARY: ".bin", CIFAR10_PYTHON: ""}
_CLASS_NAMES_FILE = {CIFAR10_BINARY: "batches.meta.txt", CIFAR10_PYTHON: "batches.meta"}


def train_names(layout: str) -> tuple[str, ...]:
    """The files of the training images."""
    return tuple(f"data_batch_{number}{_SUFFIX[layout]}" for number in range(1, BATCHES + 1))


def test_name(layout: str) -> str:
    """The file of the evaluation images."""
    return f"test_batch{_SUFFIX[layout]}"


def class_names_file(layout: str) -> str:
    """The file that names the classes."""
    return _CLASS_NAMES_FILE[layout]


def batches_folder(folder: Path, layout: str) -> Path:
    """Where the batches are: in ``folder`` itself, or in the folder the archive unpacks to inside it."""
    inner = folder / UNPACKED_AS[layout]
    return inner if inner.is_dir() else folder


def write_cifar(images: ImageSet, folder: Path, layout: str, advance: Callable[[int], None]) -> None:
    """Write ``images`` into ``folder`` as unpacking the archive would.

    ``advance`` is told how many images each file took.
    """
    inner = folder / UNPACKED_AS[layout]
    inner.mkdir()
    for number, name in enumerate((*train_names(layout), test_name(layout))):
        if number < BATCHES:
            share = images.train[
                len(images.train) * number // BATCHES : len(images.train) * (number + 1) // BATCHES
            ]
            title = f"training batch {number + 1} of {BATCHES}"
        else:
            share, title = images.validation, "testing batch 1 of 1"
        encoded = _binary_batch(share) if layout == CIFAR10_BINARY else _python_batch(share, title)
        (inner / name).write_bytes(encoded)
        advance(len(share))
    (inner / class_names_file(layout)).write_bytes(_class_names(images, layout))


def _binary_batch(images: Sequence[LabelledImage]) -> bytes:
    return b"".join(bytes([image.label]) + _planes(image) for image in images)


def _python_batch(images: Sequence[LabelledImage], title: str) -> bytes:
    import numpy as np

    rows = np.frombuffer(b"".join(map(_planes, images)), np.uint8).reshape(len(images), IMAGE_BYTES)
    return dump_python2(
        {
            b"batch_label": title.encode(),
            b"labels": [image.label for image in images],
            b"data": rows,
            b"filenames": [f"{image.name}.png".encode() for image in images],
        }
    )


def _class_names(images: ImageSet, layout: str) -> bytes:
    names = [name.encode() for name in images.class_names]
    if layout == CIFAR10_BINARY:
        return b"".join(name + b"\n" for name in names)
    per_batch = len(images.train) // BATCHES
    return dump_python2({b"num_cases_per_batch": per_batch, b"label_names": names, b"num_vis": IMAGE_BYTES})


def _planes(image: LabelledImage) -> bytes:
    planes: bytes = image.pixels.transpose(2, 0, 1).tobytes()
    return planes
