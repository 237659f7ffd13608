"""Advisory locks on files (``flock``): the kernel drops them when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.runs.files import FILE_MODE

RETRY_PERIOD = 0.05


def try_lock(path: Path) -> int | None:
    """Take the lock on ``path`` and return the descriptor that holds it; ``None`` when somebody else has it.

    The lock lasts until the descriptor is closed; it is not inherited by processes started meanwhile.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def lock_patiently(path: Path, patience: float) -> int | None:
    """The same, trying for ``patience`` seconds: whoever asks whether it is locked holds it for a moment."""
    give_up = time.monotonic() + patience
    while (descriptor := try_lock(path)) is None and time.monotonic() < give_up:
        time.sleep(RETRY_PERIOD)
    return descriptor


def is_locked(path: Path) -> bool:
    """True while some process holds the lock on ``path``."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock on ``path``, waiting for it: for a read-modify-write that
    several consoles may do at once."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
