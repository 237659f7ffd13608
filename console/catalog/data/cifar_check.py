"""Check files in the layouts of CIFAR-10 and CIFAR-100."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from console.catalog.data.checker import Cancelled, Inventory
from console.catalog.data.cifar import IMAGE_BYTES, CifarForm
from console.catalog.data.facts import FileFacts, empty_file
from console.catalog.data.labels import LabelRange, image_labels
from console.catalog.data.listing import StoredFile, list_files
from console.catalog.data.python2_pickle import UnsafePickleError, load_python2
from console.catalog.data.report import data_error, data_warning

SAMPLES = 16
"""Records of a binary batch whose labels a sampled check looks at."""


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
