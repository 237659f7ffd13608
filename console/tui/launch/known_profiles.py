"""The profiles and data sets as the launch screen needs them, remembered from one start to the next.

Reading YAML with line numbers and checking it against the schema takes longer than drawing the first frame.
What was read is therefore kept in the home, and holds while no file it was made from, and no code that reads
them, has changed.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from console import locations
from console.catalog.datasets import USER_FILE_NAME, Dataset
from console.catalog.profile import Profile

CACHE_NAME = ".profiles.cache"

Key = tuple[str, tuple[tuple[str, int, int], ...]]


class BrokenFile(NamedTuple):
    """A mistake in a profile file: file, line, dotted key, and what is wrong, as a message."""

    file: Path
    line: int
    key: str
    message: object


@dataclass(frozen=True, slots=True)
class KnownProfiles:
    """The good profiles by name, what is wrong with the others, and the data sets by name."""

    profiles: Mapping[str, Profile]
    broken: tuple[BrokenFile, ...]
    datasets: Mapping[str, Dataset]


def remembered_profiles() -> KnownProfiles | None:
    """The profiles as read at an earlier start, if that still holds; takes a few milliseconds."""
    remembered = _recall(locations.home() / CACHE_NAME)
    if remembered is None or remembered[0] != _key():
        return None
    return remembered[1]


def read_profiles() -> KnownProfiles:
    """The profile folders and data set tables as they are now; remembered for the next start."""
    key = _key()
    known = _read()
    _remember(locations.home() / CACHE_NAME, (key, known))
    return known


def _read() -> KnownProfiles:
    from console.catalog.datasets import load_datasets
    from console.catalog.loader import load_catalog

    catalog = load_catalog()
    broken = tuple(BrokenFile(one.file, one.line, one.key, one.message) for one in catalog.problems)
    return KnownProfiles(dict(catalog.profiles), broken, dict(load_datasets()))


def _key() -> Key:
    """The interpreter, and path, time of change and size of every file that counts."""
    return sys.version, tuple(sorted((str(path), *_mark(path)) for path in _sources()))


def _sources() -> Iterator[Path]:
    code = Path(sys.modules[Profile.__module__].__file__ or "").parent
    yield locations.config_dir() / USER_FILE_NAME
    for folder in (code, locations.profiles_dir(), locations.user_profiles_dir(), locations.engines_dir()):
        with contextlib.suppress(OSError):
            yield from (Path(entry.path) for entry in os.scandir(folder))


def _mark(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size


def _recall(path: Path) -> tuple[Key, KnownProfiles] | None:
    """The remembered profiles; only a file that nobody but its reader can have written is believed."""
    try:
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            if stat.st_uid != os.getuid() or stat.st_mode & 0o022:
                return None
            key, known = pickle.load(file)
    except Exception:  # Whatever is wrong with a cache, it is made anew.
        return None
    return (key, known) if isinstance(known, KnownProfiles) else None


def _remember(path: Path, content: object) -> None:
    """Write it down. Where that is not possible the next start just takes a little longer."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=CACHE_NAME)
        with os.fdopen(descriptor, "wb") as file:
            pickle.dump(content, file)
        Path(temporary).replace(path)
