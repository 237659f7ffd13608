"""The files of a data folder with what tells that one has changed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import islice
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
    return _list(folder, folders=False)


def list_folders(folder: Path) -> tuple[StoredFile, ...]:
    """The folders directly in ``folder`` by name; their stamps change when a name in them comes or goes."""
    return _list(folder, folders=True)


def _list(folder: Path, folders: bool) -> tuple[StoredFile, ...]:
    with os.scandir(folder) as entries:
        found = [_stored(folder, entry) for entry in entries if entry.is_dir() == folders]
    return tuple(sorted(found, key=lambda file: file.path.name))


def _stored(folder: Path, entry: os.DirEntry[str]) -> StoredFile:
    try:
        stat = entry.stat()
    except FileNotFoundError:
        return StoredFile(folder / entry.name, 0, (0, 0))
    return StoredFile(folder / entry.name, stat.st_size, (stat.st_mtime_ns, stat.st_ctime_ns))


NAMES_READ = 10_000
"""Names looked at to tell what a folder is: it may hold a million."""


def file_names(folder: Path) -> list[str]:
    """The first names of files directly in ``folder``, none where it cannot be listed."""
    return _names(folder, folders=False)


def folder_names(folder: Path) -> list[str]:
    """The first names of folders directly in ``folder``, none where it cannot be listed."""
    return _names(folder, folders=True)


def _names(folder: Path, folders: bool) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in islice(entries, NAMES_READ) if entry.is_dir() == folders)
    except OSError:
        return []
