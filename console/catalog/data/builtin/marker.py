"""The small file by which a folder says that this console wrote it, and what belongs in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

MARKER_NAME = ".ascend-console-data.json"


@dataclass(frozen=True, slots=True)
class Marker:
    """``files`` maps paths relative to the folder to the SHA-256 of their content."""

    dataset: str
    layout: str
    files: Mapping[str, str]

    def names(self, dataset: str, layout: str) -> bool:
        """True when the folder was written as this data set in this layout."""
        return (self.dataset, self.layout) == (dataset, layout)

    def intact(self, folder: Path) -> bool:
        """True when every file is there and unchanged."""
        try:
            return all(_digest(folder / name) == digest for name, digest in self.files.items())
        except OSError:
            return False


def read_marker(folder: Path) -> Marker | None:
    """The marker of ``folder``; ``None`` when there is none that can be read."""
    try:
        raw = json.loads((folder / MARKER_NAME).read_text("utf-8"))
        return Marker(dataset=str(raw["dataset"]), layout=str(raw["layout"]), files=dict(raw["files"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_marker(folder: Path, dataset: str, layout: str) -> None:
    """Put a marker into ``folder`` that lists all files now in it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): _digest(path) for path in paths}
    document = asdict(Marker(dataset, layout, files))
    (folder / MARKER_NAME).write_text(json.dumps(document, indent=1) + "\n", "utf-8")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
