"""SVHN's cropped digits: ``train_32x32.mat`` and ``test_32x32.mat``.

Described at http://ufldl.stanford.edu/housenumbers. The variable ``X`` holds the images as
``[32, 32, 3, images]``, ``y`` their labels from 1, of which 10 stands for the digit 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from console.catalog.data.checks.checker import Cancelled, FileFacts, Inventory, empty_file
from console.catalog.data.checks.labels import LabelRange, image_labels
from console.catalog.data.checks.listing import StoredFile, file_names, list_files
from console.catalog.data.checks.report import data_error
from console.catalog.data.formats.matfile import MatError, Matrix, TruncatedMatError, read_matrices
from console.catalog.data.layouts.shards import TRAIN, VALIDATION, missing_split

TRAIN_FILE, TEST_FILE = "train_32x32.mat", "test_32x32.mat"
IMAGES, LABELS = "X", "y"
IMAGE_SHAPE = (32, 32, 3)
FIRST_LABEL = 1
CLASSES = 10


def is_in(folder: Path) -> bool:
    """True when ``folder`` has either file."""
    return not {TRAIN_FILE, TEST_FILE}.isdisjoint(file_names(folder))


@dataclass(frozen=True, slots=True)
class SvhnChecker:
    """Reads files of the layout ``svhn-mat``."""

    num_classes: int | None

    def take_inventory(self, folder: Path) -> Inventory:
        """Find the two files."""
        files = {file.path.name: file for file in list_files(folder)}
        problems = tuple(
            missing_split(folder, split, name)
            for split, name in ((TRAIN, TRAIN_FILE), (VALIDATION, TEST_FILE))
            if name not in files
        )
        train, evaluation = ((files[name],) if name in files else () for name in (TRAIN_FILE, TEST_FILE))
        return Inventory(train, evaluation, problems)

    def glance(self, file: StoredFile, count: bool) -> FileFacts:
        """Read the shape of the images, and all labels."""
        return self._read(file, lambda matrix: None)

    def sample(self, file: StoredFile) -> FileFacts:
        """Nothing, since images are deflated as one and a glance has read all labels."""
        return FileFacts(None)

    def read(self, file: StoredFile, cancelled: Cancelled) -> FileFacts:
        """Inflate the images too: their checksum covers every byte."""
        return self._read(file, lambda matrix: matrix.verify(cancelled))

    def _read(self, file: StoredFile, read_images: Callable[[Matrix], None]) -> FileFacts:
        if not file.size:
            return empty_file(file)
        shape: tuple[int, ...] = ()
        labels: tuple[float, ...] | None = None
        try:
            with file.path.open("rb") as opened:
                for matrix in read_matrices(opened, file.size):
                    if matrix.name == IMAGES:
                        shape = matrix.shape
                        read_images(matrix)
                    elif matrix.name == LABELS:
                        labels = matrix.values()
        except MatError as error:
            key = "data.mat_cut_off" if isinstance(error, TruncatedMatError) else "data.mat_damaged"
            return FileFacts(None, (data_error(file.path, key, file=file.path.name),))
        return self._facts(file, shape, labels)

    def _facts(self, file: StoredFile, shape: tuple[int, ...], labels: tuple[float, ...] | None) -> FileFacts:
        name = file.path.name
        if not shape or labels is None:
            missing = LABELS if shape else IMAGES
            return FileFacts(None, (data_error(file.path, "data.variable_missing", file=name, name=missing),))
        # MATLAB drops a last dimension of 1.
        images = shape[3] if len(shape) == 4 else 1
        if shape[:3] != IMAGE_SHAPE or len(shape) > 4 or images != len(labels):
            found = " x ".join(map(str, shape))
            values = {"file": name, "shape": found, "labels": len(labels)}
            return FileFacts(None, (data_error(file.path, "data.mat_shape", **values),))
        allowed = LabelRange.of(FIRST_LABEL, self.num_classes)
        problems = image_labels(file.path, allowed, enumerate(map(int, labels)))
        return FileFacts(images, problems.all(), records_read=images)
