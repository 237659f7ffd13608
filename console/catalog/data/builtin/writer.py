"""Write a built-in data set to a folder: all of it or nothing, and never over anything of the user's."""

from __future__ import annotations

import errno
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from console.catalog.data.builtin.marker import MARKER_NAME, Marker, read_marker, write_marker
from console.catalog.data.layouts.names import CIFAR10_BINARY, CIFAR10_PYTHON, SLIM_TFRECORD
from console.errors import UserError, user_error

BUILTIN_NAMES = ("digits",)
WRITABLE = (SLIM_TFRECORD, CIFAR10_BINARY, CIFAR10_PYTHON)
"""The layouts in which they can be written."""
STAGING_PREFIX = ".ascend-console-writing-"

Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""


def write_builtin(
    name: str, folder: Path, layout: str = SLIM_TFRECORD, progress: Progress | None = None
) -> bool:
    """Write the built-in data set ``name`` into ``folder``; ``progress`` is told of images written.

    Returns ``False`` when ``folder`` already holds exactly that. What was written by an earlier call and is
    damaged since is written anew. Raises :class:`~console.errors.UserError` when the folder holds anything
    else, cannot be written or the disk is full; then no part of the data set is left behind.
    """
    if name not in BUILTIN_NAMES:
        raise user_error("data.not_builtin", name=name, names=", ".join(BUILTIN_NAMES))
    if layout not in WRITABLE:
        raise user_error("data.unknown_layout", layout=layout, layouts=", ".join(WRITABLE))
    target = folder.resolve()
    try:
        if is_written(name, target, layout):
            return False
        _refuse_foreign(name, target, layout)
        _write_and_place(name, target, layout, progress)
    except OSError as error:
        raise write_error(error, target) from error
    return True


def is_written(name: str, folder: Path, layout: str = SLIM_TFRECORD) -> bool:
    """True when ``folder`` holds what :func:`write_builtin` writes, whole and unchanged (reads the files)."""
    marker = read_marker(folder)
    return marker is not None and marker.names(name, layout) and marker.intact(folder)


def _refuse_foreign(name: str, target: Path, layout: str) -> None:
    """Raise unless everything in ``target`` was put there by an earlier call for the same data set."""
    if target.exists() and not target.is_dir():
        raise user_error("data.not_a_folder", folder=target)
    marker = read_marker(target)
    if marker is not None and not marker.names(name, layout):
        raise user_error("data.holds_other", folder=target, name=marker.dataset, layout=marker.layout)
    foreign = _foreign_file(target, marker)
    if foreign is not None:
        raise user_error("data.folder_not_empty", folder=target, file=foreign)


def _foreign_file(target: Path, marker: Marker | None) -> Path | None:
    ours = {MARKER_NAME, *(marker.files if marker else ())}
    for path in target.rglob("*"):
        relative = path.relative_to(target)
        staged = relative.parts[0].startswith(STAGING_PREFIX)
        if not staged and not path.is_dir() and relative.as_posix() not in ours:
            return relative
    return None


def _write_and_place(name: str, target: Path, layout: str, progress: Progress | None) -> None:
    """Write to a folder of another name on the same disk, then rename.

    A folder that does not exist yet appears in one rename. One that does is kept, since it may be a mount
    point or somebody's working directory; its files appear one by one, the marker first, so that a call that
    was cut short is recognised by the next.
    """
    exists = target.exists()
    parent = target if exists else target.parent
    parent.mkdir(parents=True, exist_ok=True)
    staging = parent / f"{STAGING_PREFIX}{secrets.token_hex(4)}"
    staging.mkdir()
    try:
        _write_layout(name, staging, layout, progress)
        write_marker(staging, name, layout)
        if exists:
            _move_files(staging, target)
        else:
            _move_folder(staging, target, name, layout)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _write_layout(name: str, folder: Path, layout: str, progress: Progress | None) -> None:
    from console.catalog.data.builtin import digits
    from console.catalog.data.layouts import cifar, slim

    images = {"digits": digits.load_images}[name]()
    total, done = len(images.train) + len(images.validation), 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress(done, total)

    if layout == SLIM_TFRECORD:
        slim.write_slim(images, folder, advance)
    else:
        cifar.write_cifar(images, folder, layout, advance)


def _move_folder(staging: Path, target: Path, name: str, layout: str) -> None:
    try:
        staging.rename(target)
    except OSError as error:
        # Another console may have written the same data set at the same time.
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) or not is_written(name, target, layout):
            raise


def _move_files(staging: Path, target: Path) -> None:
    (staging / MARKER_NAME).replace(target / MARKER_NAME)
    for path in sorted(staging.rglob("*")):
        destination = target / path.relative_to(staging)
        if path.is_dir():
            destination.mkdir(exist_ok=True)
        else:
            path.replace(destination)


def write_error(error: OSError, target: Path) -> UserError:
    """The mistake to report to a user whose folder ``target`` could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return user_error("data.disk_full", folder=target)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return user_error("data.not_writable", folder=target)
    return user_error("data.write_failed", folder=target, reason=error.strerror or str(error))
