"""Listing a folder that may not be there."""

from __future__ import annotations

from pathlib import Path


def names_in(folder: Path) -> list[str]:
    """The names in ``folder``, in order; none where it is missing or may not be read."""
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return []
