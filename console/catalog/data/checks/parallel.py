"""Read many files at once, in threads: reading, checksums and image decoding all let go of Python's lock."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from console.catalog.data.checks.checker import Cancelled, FileFacts
from console.catalog.data.checks.listing import StoredFile
from console.catalog.data.checks.report import data_error

Progress = Callable[[int, int], None]
"""Told how many bytes are done, of how many; called in the thread that asked."""

FILES_PER_THREAD = 32
"""Fewer files than this are read faster than a thread starts, when little is read of each."""

WAITING_THREADS = 16
"""Threads for reads that mostly wait for the disk."""


def glance_workers(files: int) -> int:
    """The number of threads for reads in which a few blocks are read of each file."""
    return max(1, min(WAITING_THREADS, files // FILES_PER_THREAD))


def full_workers(files: int) -> int:
    """The number of threads for reads in which files are read and decoded whole."""
    return max(1, min(len(os.sched_getaffinity(0)), files))


def read_each(
    files: Sequence[StoredFile],
    read: Callable[[StoredFile, Cancelled], FileFacts],
    workers: int,
    progress: Progress | None,
) -> dict[StoredFile, FileFacts]:
    """``read`` applied to every file; a file that cannot be read is a problem among its facts.

    When the caller is interrupted, files being read are given up before this returns.
    """
    cancelled = threading.Event()
    total, done = sum(file.size for file in files), 0
    facts: dict[StoredFile, FileFacts] = {}
    with ThreadPoolExecutor(workers) as pool:
        try:
            futures = {pool.submit(_read_one, file, read, cancelled): file for file in files}
            for future in as_completed(futures):
                file = futures[future]
                facts[file] = future.result()
                done += file.size
                if progress is not None:
                    progress(done, total)
        except BaseException:
            cancelled.set()
            pool.shutdown(cancel_futures=True)
            raise
    return facts


def _read_one(
    file: StoredFile, read: Callable[[StoredFile, Cancelled], FileFacts], cancelled: threading.Event
) -> FileFacts:
    try:
        return read(file, cancelled.is_set)
    except OSError as error:
        values = {"file": file.path.name, "reason": error.strerror}
        return FileFacts(None, (data_error(file.path, "data.file_unreadable", **values),))
