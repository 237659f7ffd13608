"""The layouts of CIFAR-10 and CIFAR-100: file names, their check, and writing 32x32 images in CIFAR-10's.

Described at https://www.cs.toronto.edu/~kriz/cifar.html. All keep an image as 3,072 bytes, the red plane,
the green, the blue, each row by row; labels count from 0. CIFAR-100 gives each image two labels, the
coarse one of 20 and the fine one of 100, of which the fine one is the class.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from console.catalog.data.checks.checker import Cancelled, FileFacts, Inventory, empty_file
from console.catalog.data.checks.labels import LabelRange, image_labels
from console.catalog.data.checks.listing import StoredFile, file_names, list_files
from console.catalog.data.checks.report import data_error, data_warning
from console.catalog.data.formats.images import ImageSet, LabelledImage
from console.catalog.data.formats.python2_pickle import UnsafePickleError, dump_python2, load_python2
from console.catalog.data.layouts.names import (
    CIFAR10_BINARY,
    CIFAR10_PYTHON,
    CIFAR100_BINARY,
    CIFAR100_PYTHON,
)

BATCHES = 5
IMAGE_BYTES = 3 * 32 * 32
SAMPLES = 16
"""Records of a binary batch whose labels a sampled check looks at."""


@dataclass(frozen=True, slots=True)
class CifarForm:
    """One published form of the data sets.

    ``unpacked_as`` is the folder inside the archive, ``class_names`` the file that names the classes. In the
    binary forms ``label_bytes`` stand before each image, the last of them being the class, and the names are
    lines; in the others, where it is 0, a pickle has the classes under ``labels_key`` and the names under
    ``names_key``.
    """

    unpacked_as: str
    train: tuple[str, ...]
    test: str
    class_names: str
    label_bytes: int = 0
    labels_key: bytes = b""
    names_key: bytes = b""

    @property
    def record_bytes(self) -> int:
        """Bytes of an image with its labels, in a binary form."""
        return self.label_bytes + IMAGE_BYTES

    def place(self, folder: Path) -> Path:
        """The folder of the files: ``folder`` itself, or the folder the archive unpacks to inside it."""
        inner = folder / self.unpacked_as
        return inner if inner.is_dir() else folder

    def is_in(self, folder: Path) -> bool:
        """True when ``folder`` has any of the files."""
        return not {*self.train, self.test}.isdisjoint(file_names(self.place(folder)))

    def count_classes(self, folder: Path) -> int | None:
        """The number of class names the folder lists; ``None`` without a readable list."""
        try:
            content = (self.place(folder) / self.class_names).read_bytes()
            if self.label_bytes:
                return len(content.split()) or None
            meta = load_python2(content)
        except (OSError, UnsafePickleError):
            return None
        names = meta.get(self.names_key) if isinstance(meta, dict) else None
        return len(names) if isinstance(names, list) and names else None


def _batches(suffix: str) -> tuple[str, ...]:
    return tuple(f"data_batch_{number}{suffix}" for number in range(1, BATCHES + 1))


FORMS = {
    CIFAR10_BINARY: CifarForm(
        "cifar-10-batches-bin", _batches(".bin"), "test_batch.bin", "batches.meta.txt", label_bytes=1
    ),
    CIFAR10_PYTHON: CifarForm(
        "cifar-10-batches-py",
        _batches(""),
        "test_batch",
        "batches.meta",
        labels_key=b"labels",
        names_key=b"label_names",
    ),
    CIFAR100_BINARY: CifarForm(
        "cifar-100-binary", ("train.bin",), "test.bin", "fine_label_names.txt", label_bytes=2
    ),
    CIFAR100_PYTHON: CifarForm(
        "cifar-100-python",
        ("train",),
        "test",
        "meta",
        labels_key=b"fine_labels",
        names_key=b"fine_label_names",
    ),
}


def write_cifar(images: ImageSet, folder: Path, layout: str, advance: Callable[[int], None]) -> None:
    """Write ``images`` into ``folder`` as unpacking CIFAR-10's archive would.

    ``advance`` is told how many images each file took.
    """
    form = FORMS[layout]
    inner = folder / form.unpacked_as
    inner.mkdir()
    for number, name in enumerate((*form.train, form.test)):
        if number < BATCHES:
            share = images.train[
                len(images.train) * number // BATCHES : len(images.train) * (number + 1) // BATCHES
            ]
            title = f"training batch {number + 1} of {BATCHES}"
        else:
            share, title = images.validation, "testing batch 1 of 1"
        encoded = _binary_batch(share) if form.label_bytes else _python_batch(share, title)
        (inner / name).write_bytes(encoded)
        advance(len(share))
    (inner / form.class_names).write_bytes(_class_names(images, form))


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


def _class_names(images: ImageSet, form: CifarForm) -> bytes:
    names = [name.encode() for name in images.class_names]
    if form.label_bytes:
        return b"".join(name + b"\n" for name in names)
    per_batch = len(images.train) // BATCHES
    return dump_python2({b"num_cases_per_batch": per_batch, form.names_key: names, b"num_vis": IMAGE_BYTES})


def _planes(image: LabelledImage) -> bytes:
    planes: bytes = image.pixels.transpose(2, 0, 1).tobytes()
    return planes


def _take_inventory(folder: Path, form: CifarForm) -> Inventory:
    """Find the batches, in ``folder`` or in the folder that the published archive unpacks to."""
    where = form.place(folder)
    files = {file.path.name: file for file in list_files(where)}
    wanted = (*form.train, form.test)
    missing = [name for name in wanted if name not in files]
    problems = []
    if missing:
        problems.append(data_error(where, "data.batches_missing", folder=where, names=", ".join(missing)))
    if form.class_names not in files:
        problems.append(data_warning(where, "data.class_names_missing", folder=where, file=form.class_names))
    return Inventory(
        train=tuple(files[name] for name in form.train if name in files),
        evaluation=tuple(files[name] for name in (form.test,) if name in files),
        problems=tuple(problems),
    )


@dataclass(frozen=True, slots=True)
class CifarBinaryChecker:
    """Reads files of a binary form; nothing but size and labels can be wrong with them."""

    form: CifarForm
    num_classes: int | None

    def take_inventory(self, folder: Path) -> Inventory:
        """Find the batches."""
        return _take_inventory(folder, self.form)

    def glance(self, file: StoredFile, count: bool) -> FileFacts:
        """Count by the size."""
        name = file.path.name
        with file.path.open("rb"):
            pass
        if not file.size:
            return empty_file(file)
        if file.size % self.form.record_bytes:
            values = {"file": name, "size": file.size, "record": self.form.record_bytes}
            return FileFacts(None, (data_error(file.path, "data.not_whole_records", **values),))
        return FileFacts(file.size // self.form.record_bytes)

    def sample(self, file: StoredFile) -> FileFacts:
        """Look at a few labels spread over the file."""
        records = file.size // self.form.record_bytes
        return self._check_labels(file, sorted({records * sample // SAMPLES for sample in range(SAMPLES)}))

    def read(self, file: StoredFile, cancelled: Cancelled) -> FileFacts:
        """Look at every label."""
        facts = self.glance(file, count=True)
        checked = self._check_labels(file, range(file.size // self.form.record_bytes))
        return FileFacts(facts.records, facts.problems + checked.problems, checked.records_read)

    def _check_labels(self, file: StoredFile, images: Sequence[int]) -> FileFacts:
        with file.path.open("rb") as opened:
            offset, step = self.form.label_bytes - 1, self.form.record_bytes
            found = [(image, os.pread(opened.fileno(), 1, image * step + offset)[0]) for image in images]
        problems = image_labels(file.path, LabelRange.of(0, self.num_classes), found)
        return FileFacts(None, problems.all(), records_read=len(found))


@dataclass(frozen=True, slots=True)
class CifarPythonChecker:
    """Reads files of a form that is pickled, without running any code that a pickle may name."""

    form: CifarForm
    num_classes: int | None

    def take_inventory(self, folder: Path) -> Inventory:
        """Find the batches."""
        return _take_inventory(folder, self.form)

    def glance(self, file: StoredFile, count: bool) -> FileFacts:
        """Read all of it: a pickle has no smaller part that can be trusted."""
        return self.read(file, lambda: False)

    def sample(self, file: StoredFile) -> FileFacts:
        """Nothing, since a glance has read all."""
        return FileFacts(None)

    def read(self, file: StoredFile, cancelled: Cancelled) -> FileFacts:
        """Unpickle the batch and check its shape and labels."""
        name = file.path.name
        if not file.size:
            return empty_file(file)
        try:
            batch = load_python2(file.path.read_bytes())
        except UnsafePickleError:
            return FileFacts(None, (data_error(file.path, "data.no_pickle", file=name),))
        if not isinstance(batch, dict):
            return FileFacts(None, (data_error(file.path, "data.no_pickle", file=name),))
        missing = [key.decode() for key in (b"data", self.form.labels_key) if key not in batch]
        if missing:
            return FileFacts(
                None, (data_error(file.path, "data.batch_key_missing", file=name, key=missing[0]),)
            )
        return self._check_batch(file.path, batch[b"data"], batch[self.form.labels_key])

    def _check_batch(self, path: Path, data: object, labels: object) -> FileFacts:
        shape, dtype = getattr(data, "shape", None), getattr(data, "dtype", None)
        if not isinstance(labels, list) or shape != (len(labels), IMAGE_BYTES) or dtype != "uint8":
            problem = data_error(path, "data.batch_shape", file=path.name, bytes=IMAGE_BYTES)
            return FileFacts(None, (problem,))
        images = len(labels)
        problems = image_labels(path, LabelRange.of(0, self.num_classes), enumerate(labels))
        return FileFacts(images, problems.all(), records_read=images)
