"""The index of a data folder's files, kept so that unchanged ones need not be opened again.

Kept in the console's home and never in the user's data folder, as one JSON file per folder. It is a cache:
what cannot be read or written is done without.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from contextlib import suppress
from pathlib import Path

from console import locations
from console.catalog.data.checks.listing import StoredFile

FORMAT = 1


class FolderIndex:
    """The files of a folder found whole, each with its size, its time stamps and its records once counted.

    A file that was changed in any way since is not in the index.
    """

    def __init__(self, folder: Path, layout: str, num_classes: int | None) -> None:
        identity = json.dumps([FORMAT, str(folder.resolve()), layout, num_classes])
        digest = hashlib.sha256(identity.encode()).hexdigest()[:24]
        self._path = locations.home() / "data-index" / f"{digest}.json"
        self._known = _read(self._path)
        self._changed = False

    def holds(self, file: StoredFile) -> bool:
        """True when the file was found whole and is unchanged."""
        return self._known.get(str(file.path), [])[:3] == [file.size, *file.stamp]

    def records(self, file: StoredFile) -> int | None:
        """The file's exact number of records, ``None`` when it was not counted or has changed."""
        return self._known[str(file.path)][3] if self.holds(file) else None

    def note(self, file: StoredFile, records: int | None) -> None:
        """Remember that the file is whole, and its number of records."""
        entry = [file.size, *file.stamp, records]
        if self._known.get(str(file.path)) != entry:
            self._known[str(file.path)] = entry
            self._changed = True

    def forget(self, file: StoredFile) -> None:
        """Remember nothing of the file."""
        self._changed |= self._known.pop(str(file.path), None) is not None

    def save(self) -> None:
        """Write what was noted, replacing the file at once."""
        if not self._changed:
            return
        temporary = self._path.with_suffix(f".{secrets.token_hex(4)}.tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(self._known), "utf-8")
            temporary.replace(self._path)
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, list[int | None]]:
    try:
        known = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {name: entry for name, entry in known.items() if isinstance(entry, list) and len(entry) == 4}
