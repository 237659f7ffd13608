"""The user's settings, kept between starts: ``settings.json`` in the home."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from console.errors import user_error
from console.i18n import Language
from console.locations import settings_file


@dataclass(frozen=True, slots=True)
class Settings:
    """``language`` and ``theme`` are ``None`` until chosen; ``data_folders`` maps data sets to folders.

    ``notifications``: whether the terminal's bell and desktop tell of what happens to runs.
    """

    language: Language | None = None
    theme: str | None = None
    data_folders: Mapping[str, Path] = field(default_factory=dict)
    notifications: bool = True


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings; a missing or damaged file, or a value of the wrong kind, counts as not set."""
    raw = _read_object(path or settings_file())
    language, theme, folders = raw.get("language"), raw.get("theme"), raw.get("data_folders")
    return Settings(
        language=Language(language) if language in {one.value for one in Language} else None,
        theme=theme if isinstance(theme, str) else None,
        notifications=raw.get("notifications") is not False,
        data_folders={
            name: Path(folder) for name, folder in folders.items() if isinstance(folder, str) and folder
        }
        if isinstance(folders, dict)
        else {},
    )


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Replace the file atomically; entries this version does not know are kept.

    Raises :class:`~console.errors.UserError` when the home cannot be written.
    """
    target = path or settings_file()
    document = _read_object(target) | {
        "language": settings.language.value if settings.language else None,
        "theme": settings.theme,
        "notifications": settings.notifications,
        "data_folders": {name: str(folder) for name, folder in settings.data_folders.items()},
    }
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".settings-")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=2, ensure_ascii=False)
        Path(temporary).replace(target)
    except OSError as error:
        raise user_error("app.settings_not_saved", path=target, reason=error.strerror) from error


def _read_object(path: Path) -> dict[str, object]:
    try:
        raw = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return raw if isinstance(raw, dict) else {}
