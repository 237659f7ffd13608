"""The files of a run folder, private to their owner: JSON that is replaced atomically and read tolerantly, and the
sample store, which SQLite keeps in three files that are moved and removed as one."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import threading
import time
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

FOLDER_MODE = 0o700
FILE_MODE = 0o600

STORE_SUFFIXES = ("", "-wal", "-shm")


def make_private_dir(path: Path) -> None:
    """Create ``path``, which must not exist yet, for its owner alone; missing
    parents are created likewise."""
    path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    path.mkdir(mode=FOLDER_MODE)


def write_text(path: Path, text: str, *, durable: bool = True) -> None:
    """Replace ``path`` by ``text``: readers see the old file or the new one, nothing between.

    ``durable`` waits until the disk has it, so that it outlives a power cut. Raises ``OSError``, and leaves
    the old file as it was, when the new one cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogatepass") as file:
            file.write(text)
            file.flush()
            if durable:
                os.fsync(descriptor)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: object, *, durable: bool = True) -> None:
    """Replace ``path`` by the JSON form of ``value`` as :func:`write_text` does."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1), durable=durable)


def read_object(path: Path) -> dict[str, Any] | None:
    """The JSON object in ``path``; ``None`` when the file is missing, unreadable, damaged or holds none."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def plain(value: Any) -> Any:
    """``value`` as JSON can hold it: dataclasses become objects, paths and enums text, and the numbers that
    JSON has no form for the words ``nan``, ``inf`` and ``-inf``, which ``float()`` reads."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


def set_aside(store: Path) -> None:
    """Rename a store that cannot be used, so that a new one can be made and the
    old one can still be looked at."""
    _move_store(store, store.with_name(f"damaged-{time.strftime('%Y%m%d-%H%M%S')}-{store.name}"))


def replace_store(new: Path, old: Path) -> None:
    """Put a closed store in the place of another. Who reads the old one goes on reading that."""
    doomed = old.with_name(f"{old.name}.old")
    _move_store(old, doomed)
    _move_store(new, old)
    remove_store(doomed)


def remove_store(store: Path) -> None:
    """Remove a store, if it is there."""
    for path in _store_files(store):
        path.unlink(missing_ok=True)


def _move_store(store: Path, target: Path) -> None:
    for path, destination in zip(_store_files(store), _store_files(target), strict=True):
        if path.exists():
            path.replace(destination)


def _store_files(store: Path) -> list[Path]:
    return [store.with_name(store.name + suffix) for suffix in STORE_SUFFIXES]
