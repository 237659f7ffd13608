"""The small files of a run folder: replaced atomically, read tolerantly, private to their owner."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

FOLDER_MODE = 0o700
FILE_MODE = 0o600


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
