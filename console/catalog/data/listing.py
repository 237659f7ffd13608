"""The files of a data folder with what tells that one has changed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file and its size in bytes; ``stamp`` changes with every write, rename and change of permissions."""

    path: Path
    size: int
    stamp: tuple[int, int]


def list_files(folder: Path) -> tuple[StoredFile, ...]:
    """The files directly in ``folder`` by name; raises ``OSError`` when it cannot be listed.

    A link that leads nowhere is listed as an empty file; reading it tells what is wrong.
    """
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                continue
            try:
                stat = entry.stat()
            except FileNotFoundError:
                found.append(StoredFile(folder / entry.name, 0, (0, 0)))
            else:
                stamp = (stat.st_mtime_ns, stat.st_ctime_ns)
                found.append(StoredFile(folder / entry.name, stat.st_size, stamp))
    return tuple(sorted(found, key=lambda file: file.path.name))
