"""Data sets: writing the digits, checking them, and checking a folder of ImageNet's shape.

The ImageNet-shaped folder has 1,152 files of 140 MB that are hollow between their first and last record, so
that it takes 300 MB of disk; what a sampled check reads of it is what it reads of the real one.
"""

from __future__ import annotations

import io
import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from console.catalog.data.builtin.writer import write_builtin
from console.catalog.data.folder_check import check_folder
from console.catalog.data.formats.example import bytes_feature, encode_example, int64_feature
from console.catalog.data.formats.tfrecord import (
    CHECKSUM,
    LENGTH,
    OVERHEAD,
    encode_record,
    masked_crc32c,
    write_records,
)
from console.catalog.data.layouts.shards import ShardName
from console.catalog.data.layouts.slim import ENCODED, LABEL
from console.locations import HOME_VARIABLE

SHARD_BYTES = 140_000_000
SHARDS = {"train": 1024, "validation": 128}
WHOLE_RECORDS = 600


def main() -> None:
    """Print the table."""
    print(f"{'what':<56} {'seconds':>9}   {'rate'}")
    with tempfile.TemporaryDirectory() as scratch:
        os.environ[HOME_VARIABLE] = str(Path(scratch) / "home")
        measure_digits(Path(scratch) / "digits")
        measure_whole_records(Path(scratch) / "whole")
        measure_hollow_imagenet(Path(scratch) / "hollow")


def measure_digits(folder: Path) -> None:
    """The built-in data set: what a first launch and each change of the launch form cost."""
    show("digits: write (imports scikit-learn)", timed(lambda: write_builtin("digits", folder)))
    show("digits: find them written already", timed(lambda: write_builtin("digits", folder)))
    show("digits: sampled check, first", timed(lambda: check_folder(folder, "slim-tfrecord", 10)))
    best = min(timed(lambda: check_folder(folder, "slim-tfrecord", 10)) for _ in range(10))
    show("digits: sampled check, again (target: a few ms)", best)
    full = timed(lambda: check_folder(folder, "slim-tfrecord", 10, full=True))
    show("digits: full check", full, f"{1797 / full:,.0f} records/s")


def measure_whole_records(folder: Path) -> None:
    """Photo-sized records in whole: the rates that decide how long ImageNet's 1.3 million take."""
    folder.mkdir()
    example = photo_example()
    for number in range(4):
        write_records(folder / str(ShardName("train", number, 4)), [example] * WHOLE_RECORDS)
    records, size = 4 * WHOLE_RECORDS, 4 * WHOLE_RECORDS * (len(example) + OVERHEAD)
    counted = timed(lambda: check_folder(folder, "slim-tfrecord", 1000, count=True))
    show(f"{records:,} photos: count", counted, f"{records / counted:,.0f} records/s")
    full = timed(lambda: check_folder(folder, "slim-tfrecord", 1000, full=True))
    cores = len(os.sched_getaffinity(0))
    show(
        f"{records:,} photos: full check, {cores} cores",
        full,
        f"{records / full:,.0f} records/s, {size / full / 1e6:,.0f} MB/s",
    )


def measure_hollow_imagenet(folder: Path) -> None:
    """A sampled check of 1,152 files, from the disk and from memory, and with the index."""
    folder.mkdir()
    record = encode_record(photo_example())
    for split, total in SHARDS.items():
        for number in range(total):
            write_hollow_shard(folder / str(ShardName(split, number, total)), record)
    os.sync()
    forget_cached_pages(folder)
    show(
        "1,152 files: sampled check from disk (target: a few s)",
        timed(lambda: check_folder(folder, "slim-tfrecord", 1000, recheck=True)),
    )
    show(
        "1,152 files: sampled check from memory",
        timed(lambda: check_folder(folder, "slim-tfrecord", 1000, recheck=True)),
    )
    show(
        "1,152 files: sampled check, unchanged since the last",
        timed(lambda: check_folder(folder, "slim-tfrecord", 1000)),
    )


def write_hollow_shard(path: Path, record: bytes) -> None:
    """A record, a hole that one long record with a valid length spans, and the record again."""
    length = LENGTH.pack(SHARD_BYTES - 2 * len(record) - OVERHEAD)
    with path.open("wb") as file:
        file.write(record + length + CHECKSUM.pack(masked_crc32c(length)))
        file.seek(SHARD_BYTES - len(record))
        file.write(record)


def photo_example() -> bytes:
    """An Example with a JPEG of 500x375 and about 110 kB, the mean of ImageNet's."""
    from PIL import Image, ImageFilter

    noise = Image.frombytes("RGB", (500, 375), random.Random(0).randbytes(500 * 375 * 3))
    buffer = io.BytesIO()
    noise.filter(ImageFilter.GaussianBlur(0.6)).save(buffer, "JPEG", quality=85)
    return encode_example({ENCODED: bytes_feature(buffer.getvalue()), LABEL: int64_feature(1)})


def forget_cached_pages(folder: Path) -> None:
    """Have the kernel drop the files' pages, so that the next read comes from the disk."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def timed(work: Callable[[], object]) -> float:
    """Seconds that ``work`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def show(what: str, seconds: float, rate: str = "") -> None:
    """Print a row."""
    print(f"{what:<56} {seconds:>9.4f}   {rate}")


if __name__ == "__main__":
    main()
