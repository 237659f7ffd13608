"""The SQLite file: how it is made, opened and guarded. Errors of SQLite become the store's own here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from console.errors import UserError, user_error

APPLICATION_ID = 0x41534D53
SCHEMA_VERSION = 1

BUSY_TIMEOUT = 10.0
"""Seconds to wait for another process's lock; only recovery after a crash ever holds one that long."""

_SCHEMA = f"""
PRAGMA page_size = 4096;
PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE series (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, rank INTEGER NOT NULL,
    points INTEGER NOT NULL,  -- packed into chunks; more may wait in the journal
    first_step INTEGER,       -- index of the first packed point that has a step, NULL while none has
    first_epoch INTEGER,
    UNIQUE (name, rank)
);
CREATE TABLE chunk (key INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE journal (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE event (
    id INTEGER PRIMARY KEY, rank INTEGER NOT NULL, step INTEGER NOT NULL, time REAL NOT NULL,
    kind TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE TABLE log_offset (rank INTEGER PRIMARY KEY, offset INTEGER NOT NULL);
CREATE TABLE run (folds INTEGER NOT NULL, first_time REAL);
INSERT INTO run VALUES (0, NULL);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""


class StoreFull(Exception):  # noqa: N818 -- a state of the disk, which the caller waits out
    """Nothing could be written: disk or quota full, or the device failed. The append may be tried again."""


def damaged(path: Path) -> UserError:
    """The error for a store that cannot be read; the logs it was made from still can."""
    return user_error("metrics.store_damaged", path=path, run=path.parent.name)


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into :class:`StoreFull` or a user error that names ``path``."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        text = str(error)
        # A quota or a file size limit shows as an I/O error: SQLite knows only ENOSPC by name.
        if "is full" in text or "disk I/O error" in text:
            raise StoreFull(f"{path}: {text}") from error
        if "malformed" in text or "not a database" in text or "no such" in text:
            raise damaged(path) from error
        if "unable to open" in text or "readonly" in text:
            raise user_error("metrics.store_unusable", path=path) from error
        raise


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Connect the one writer, making the store first where there is none."""
    with sqlite_errors(path):
        if not path.exists():
            _create(path)
        connection = _connect(path, "rw")
        _check(connection, path)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA journal_size_limit = 16777216")
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Connect a reader to an existing store.

    Where the folder cannot be written SQLite cannot set up the shared index that readers and the writer
    of a WAL database need. Without a write-ahead log nobody is writing, and the file is read as it stands.
    """
    if not path.exists():
        raise user_error("metrics.store_missing", path=path, run=path.parent.name)
    with sqlite_errors(path):
        connection = _connect(path, "ro")
        try:
            _check(connection, path)
        except sqlite3.OperationalError:
            connection.close()
            if path.with_name(path.name + "-wal").exists():
                raise
            connection = _connect(path, "ro&immutable=1")
            _check(connection, path)
    return connection


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}",
        uri=True,
        timeout=BUSY_TIMEOUT,
        isolation_level=None,
        check_same_thread=False,
    )


def _create(path: Path) -> None:
    """Make the store under another name and move it into place, so that no reader meets half a store."""
    draft = path.with_name(path.name + ".new")
    for leftover in (draft, draft.with_name(draft.name + "-wal"), draft.with_name(draft.name + "-shm")):
        leftover.unlink(missing_ok=True)
    with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        connection.executescript(_SCHEMA)
    draft.replace(path)


def _check(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        connection.close()
        raise damaged(path)
    if version > SCHEMA_VERSION:
        connection.close()
        raise user_error("metrics.store_newer", path=path, run=path.parent.name)
