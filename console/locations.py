"""The places of things: the console's home, the user's configuration, and the engines and profiles shipped with it."""

from __future__ import annotations

import os
from pathlib import Path

APPLICATION = "ascend-console"
HOME_VARIABLE = "ASCEND_CONSOLE_HOME"
CONFIG_VARIABLE = "ASCEND_CONSOLE_CONFIG"

_PACKAGE = Path(__file__).resolve().parent


def home() -> Path:
    """The folder of runs, built-in data sets and settings. It need not exist yet."""
    given = os.environ.get(HOME_VARIABLE)
    if given:
        return Path(given).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path(APPLICATION, appauthor=False)


def config_dir() -> Path:
    """The folder of the user's own configuration. It need not exist yet."""
    given = os.environ.get(CONFIG_VARIABLE)
    if given:
        return Path(given).expanduser().absolute()
    from platformdirs import user_config_path

    return user_config_path(APPLICATION, appauthor=False)


def runs_dir() -> Path:
    """The folder that holds one folder per run."""
    return home() / "runs"


def data_dir() -> Path:
    """The folder the built-in data sets are written to."""
    return home() / "data"


def settings_file() -> Path:
    """The file of what the console remembers for its user: language, theme, data folders."""
    return home() / "settings.json"


def user_profiles_dir() -> Path:
    """The user's own profiles, which override built-in ones of the same name."""
    return config_dir() / "profiles"


def engines_dir() -> Path:
    """The engines folder to hand to a training interpreter."""
    return _shipped("engines")


def engines_file() -> Path:
    """The list of the engines that come with the console."""
    return engines_dir() / "engines.json"


def profiles_dir() -> Path:
    """The built-in profiles."""
    return _shipped("profiles")


def _shipped(name: str) -> Path:
    """A folder that travels inside the wheel, or stands beside the package in a source tree."""
    bundled = _PACKAGE / "_bundled" / name
    return bundled if bundled.is_dir() else _PACKAGE.parent / name
