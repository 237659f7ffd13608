"""Check files in CIFAR-10's two layouts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from console.catalog.data.checker import Cancelled, Inventory, LabelRange
from console.catalog.data.cifar import (
    IMAGE_BYTES,
    RECORD_BYTES,
    batches_folder,
    class_names_file,
    test_name,
    train_names,
)
from console.catalog.data.facts import FileFacts, RecordProblems, empty_file
from console.catalog.data.layouts import CIFAR10_BINARY, CIFAR10_PYTHON
from console.catalog.data.listing import StoredFile, list_files
from console.catalog.data.python2_pickle import UnsafePickleError, load_python2
from console.catalog.data.report import data_error, data_warning

SAMPLES = 16
"""Records of a binary batch whose labels a sampled check looks at."""


def take_inventory(folder: Path, layout: str) -> Inventory:
    """Find the batches, in ``folder`` or in the folder that the published archive unpacks to."""
    where = batches_folder(folder, layout)
    files = {file.path.name: file for file in list_files(where)}
    wanted = (*train_names(layout), test_name(layout))
    missing = [name for name in wanted if name not in files]
    problems = []
    if missing:
        problems.append(data_error(where, "data.batches_missing", folder=where, names=", ".join(missing)))
    if (names_file := class_names_file(layout)) not in files:
        problems.append(data_warning(where, "data.class_names_missing", folder=where, file=names_file))
    return Inventory(
        train=tuple(files[name] for name in wanted[:-1] if name in files),
        evaluation=tuple(files[name] for name in wanted[-1:] if name in files),
        problems=tuple(problems),
    )


def _labels_of(num_classes: int | None) -> LabelRange:
    return LabelRange(0, None if num_classes is None else num_classes - 1)


def _label_problems(path: Path, labels: LabelRange, found: Iterable[tuple[int, int]]) -> RecordProblems:
    """Check ``found``, pairs of an image's number in the file and its label."""
    problems = RecordProblems(path)
    for image, label in found:
        if label not in labels:
            problems.add("data.image_label_out_of_range", image=image, label=label, range=str(labels))
    return problems


@dataclass(frozen=True, slots=True)
class CifarBinaryChecker:
    """Reads files of the layout ``cifar10-binary``; nothing but size and labels can be wrong with them."""

    num_classes: int | None

    def take_inventory(self, folder: Path) -> Inventory:
        """Find the batches."""
        return take_inventory(folder, CIFAR10_BINARY)

    def glance(self, file: StoredFile, count: bool) -> FileFacts:
        """Count by the size."""
        name = file.path.name
        with file.path.open("rb"):
            pass
        if not file.size:
            return empty_file(file)
        if file.size % RECORD_BYTES:
            values = {"file": name, "size": file.size, "record": RECORD_BYTES}
            return FileFacts(None, (data_error(file.path, "data.not_whole_records", **values),))
        return FileFacts(file.size // RECORD_BYTES)

    def sample(self, file: StoredFile) -> FileFacts:
        """Look at a few labels spread over the file."""
        records = file.size // RECORD_BYTES
        return self._check_labels(file, sorted({records * sample // SAMPLES for sample in range(SAMPLES)}))

    def read(self, file: StoredFile, cancelled: Cancelled) -> FileFacts:
        """Look at every label."""
        facts = self.glance(file, count=True)
        checked = self._check_labels(file, range(file.size // RECORD_BYTES))
        return FileFacts(facts.records, facts.problems + checked.problems, checked.records_read)

    def _check_labels(self, file: StoredFile, images: Sequence[int]) -> FileFacts:
        with file.path.open("rb") as opened:
            found = [(image, os.pread(opened.fileno(), 1, image * RECORD_BYTES)[0]) for image in images]
        problems = _label_problems(file.path, _labels_of(self.num_classes), found)
        return FileFacts(None, problems.all(), records_read=len(found))


@dataclass(frozen=True, slots=True)
class CifarPythonChecker:
    """Reads files of the layout ``cifar10-python``, without running any code that a pickle may name."""

    num_classes: int | None

    def take_inventory(self, folder: Path) -> Inventory:
        """Find the batches."""
        return take_inventory(folder, CIFAR10_PYTHON)

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
        missing = [key for key in ("data", "labels") if key.encode() not in batch]
        if missing:
            return FileFacts(
                None, (data_error(file.path, "data.batch_key_missing", file=name, key=missing[0]),)
            )
        return self._check_batch(file.path, batch[b"data"], batch[b"labels"])

    def _check_batch(self, path: Path, data: object, labels: object) -> FileFacts:
        shape, dtype = getattr(data, "shape", None), getattr(data, "dtype", None)
        if not isinstance(labels, list) or shape != (len(labels), IMAGE_BYTES) or dtype != "uint8":
            problem = data_error(path, "data.batch_shape", file=path.name, bytes=IMAGE_BYTES)
            return FileFacts(None, (problem,))
        images = len(labels)
        numbered = ((image, label if isinstance(label, int) else -1) for image, label in enumerate(labels))
        problems = _label_problems(path, _labels_of(self.num_classes), numbered)
        return FileFacts(images, problems.all(), records_read=images)
