"""Check TFRecord files of labelled images: framing, checksums, keys, labels and images."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from console.catalog.data.checks.checker import Cancelled, FileFacts, RecordProblems, empty_file
from console.catalog.data.checks.labels import LabelRange
from console.catalog.data.checks.listing import StoredFile
from console.catalog.data.checks.report import data_error
from console.catalog.data.formats.example import ExampleError, Values, decode_example
from console.catalog.data.formats.images import UndecodableImageError, probe_image
from console.catalog.data.formats.tfrecord import (
    Damage,
    Frame,
    RecordError,
    find_last_frame,
    iter_frames,
    read_frame,
    read_payload,
)

GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class RecordChecker:
    """Reads records that hold an image and its label, ``first_label`` … in ``num_classes`` steps.

    What differs between layouts is the keys of the two, the first label, and how the files are found.
    """

    num_classes: int | None

    image_key: ClassVar[str]
    label_key: ClassVar[str]
    first_label: ClassVar[int]

    def glance(self, file: StoredFile, count: bool) -> FileFacts:
        """Verify the framing: of all records with ``count``, else of the first and the last."""
        with _opened(file.path) as descriptor:
            if not file.size:
                return empty_file(file)
            try:
                if not count:
                    read_frame(descriptor, 0, file.size)
                    if find_last_frame(descriptor, file.size):
                        return FileFacts(None)
                return FileFacts(sum(1 for _ in iter_frames(descriptor, file.size)))
            except RecordError as error:
                return _broken(descriptor, file, error)

    def sample(self, file: StoredFile) -> FileFacts:
        """Read the first and the last record."""
        problems = RecordProblems(file.path)
        with _opened(file.path) as descriptor:
            try:
                first = read_frame(descriptor, 0, file.size)
            except RecordError as error:
                return _broken(descriptor, file, error)
            last = find_last_frame(descriptor, file.size)
            frames = [first] if last is None or last == first else [first, last]
            for frame in frames:
                self._check_record(descriptor, frame, problems)
        return FileFacts(None, problems.all(), records_read=len(frames))

    def read(self, file: StoredFile, cancelled: Cancelled) -> FileFacts:
        """Read every record."""
        problems = RecordProblems(file.path)
        records = 0
        with _opened(file.path) as descriptor:
            if not file.size:
                return empty_file(file)
            try:
                for frame in iter_frames(descriptor, file.size):
                    if cancelled():
                        return FileFacts(None)
                    self._check_record(descriptor, frame, problems)
                    records += 1
            except RecordError as error:
                broken = _broken(descriptor, file, error)
                return FileFacts(None, problems.all() + broken.problems, records)
        return FileFacts(records, problems.all(), records)

    def _check_record(self, descriptor: int, frame: Frame, problems: RecordProblems) -> None:
        try:
            features = decode_example(read_payload(descriptor, frame), (self.image_key, self.label_key))
            encoded, label = features[self.image_key], features[self.label_key]
        except RecordError:
            problems.add("data.payload_checksum", offset=frame.offset)
        except ExampleError:
            problems.add("data.no_example", offset=frame.offset)
        except KeyError as error:
            problems.add("data.key_missing", offset=frame.offset, key=error.args[0])
        else:
            self._check_label(label, frame, problems)
            self._check_image(encoded, frame, problems)

    def _check_label(self, values: Values, frame: Frame, problems: RecordProblems) -> None:
        if len(values) != 1 or not isinstance(values[0], int):
            problems.add("data.not_one_integer", offset=frame.offset, key=self.label_key)
            return
        labels = LabelRange.of(self.first_label, self.num_classes)
        if values[0] not in labels:
            problems.add(
                "data.label_out_of_range",
                offset=frame.offset,
                label=values[0],
                range=str(labels),
                first=self.first_label,
            )

    def _check_image(self, values: Values, frame: Frame, problems: RecordProblems) -> None:
        if len(values) != 1 or not isinstance(values[0], bytes):
            problems.add("data.not_one_image", offset=frame.offset, key=self.image_key)
            return
        try:
            probe_image(values[0])
        except UndecodableImageError:
            problems.add("data.image_undecodable", offset=frame.offset)


def _broken(descriptor: int, file: StoredFile, error: RecordError) -> FileFacts:
    """The framing breaks, so nothing is known of what follows."""
    name = file.path.name
    if error.offset == 0 and os.pread(descriptor, len(GZIP_MAGIC), 0) == GZIP_MAGIC:
        return FileFacts(None, (data_error(file.path, "data.gzip", file=name),))
    key = "data.truncated" if error.damage is Damage.TRUNCATED else "data.length_checksum"
    return FileFacts(None, (data_error(file.path, key, file=name, offset=error.offset, size=file.size),))


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
