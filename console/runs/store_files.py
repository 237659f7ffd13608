"""A sample store is a file with two companions that SQLite keeps beside it;
they are moved and removed as one."""

from __future__ import annotations

import time
from pathlib import Path

SUFFIXES = ("", "-wal", "-shm")


def set_aside(store: Path) -> None:
    """Rename a store that cannot be used, so that a new one can be made and the
    old one can still be looked at."""
    _move(store, store.with_name(f"damaged-{time.strftime('%Y%m%d-%H%M%S')}-{store.name}"))


def replace_store(new: Path, old: Path) -> None:
    """Put a closed store in the place of another. Who reads the old one goes on reading that."""
    doomed = old.with_name(f"{old.name}.old")
    _move(old, doomed)
    _move(new, old)
    remove_store(doomed)


def remove_store(store: Path) -> None:
    """Remove a store, if it is there."""
    for path in _files(store):
        path.unlink(missing_ok=True)


def _move(store: Path, target: Path) -> None:
    for path, destination in zip(_files(store), _files(target), strict=True):
        if path.exists():
            path.replace(destination)


def _files(store: Path) -> list[Path]:
    return [store.with_name(store.name + suffix) for suffix in SUFFIXES]
