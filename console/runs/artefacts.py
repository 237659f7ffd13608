"""The files that the debug toggles left behind: evidence that does not depend on the flags."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from console.catalog.profile import ToggleName
from console.launch.options import registry
from console.runs.folder import RunFolder


class Evidence(NamedTuple):
    """Files a toggle made: how many, their size in bytes, and when the newest was written (Unix seconds)."""

    files: int
    bytes: int
    newest: float | None


def toggle_evidence(folder: RunFolder) -> Mapping[ToggleName, Evidence]:
    """The evidence of each toggle that writes files. Walks the folders: not for a thread that draws."""
    writing = [(one.name, one.folder) for one in registry.TOGGLES if one.folder is not None]
    return {toggle: _evidence(folder.path / name) for toggle, name in writing}


def _evidence(path: Path) -> Evidence:
    files, size, newest = 0, 0, None
    for stat in _files_below(path):
        files += 1
        size += stat.st_size
        newest = stat.st_mtime if newest is None else max(newest, stat.st_mtime)
    return Evidence(files, size, newest)


def _files_below(path: Path) -> Iterator[os.stat_result]:
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _files_below(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    yield entry.stat(follow_symlinks=False)
    except OSError:
        return
