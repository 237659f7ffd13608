"""Look-up of messages. A key such as ``launch.device_busy`` lives in ``messages/launch.json``."""

from __future__ import annotations

import json
import os
from enum import Enum
from functools import cache
from pathlib import Path

MESSAGES_DIR = Path(__file__).parent / "messages"
LANGUAGE_VARIABLE = "ASCEND_CONSOLE_LANG"


class Language(str, Enum):
    """The languages every message exists in."""

    ENGLISH = "en"
    CHINESE = "zh"


def language_of_environment(environment: os._Environ[str] | dict[str, str]) -> Language:
    """The language asked for by ``ASCEND_CONSOLE_LANG`` or, without it, by the POSIX locale variables."""
    for variable in (LANGUAGE_VARIABLE, "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(variable, "")
        if value:
            return Language.CHINESE if value.lower().startswith("zh") else Language.ENGLISH
    return Language.ENGLISH


_language = language_of_environment(os.environ)


def current_language() -> Language:
    """The language in which :func:`t` answers now."""
    return _language


def set_language(language: Language) -> None:
    """Switch the language of every text rendered from now on."""
    global _language
    _language = language


@cache
def read_table(room: str) -> dict[str, dict[str, str]]:
    """The messages of one room: key within the room -> language code -> text."""
    loaded: dict[str, dict[str, str]] = json.loads((MESSAGES_DIR / f"{room}.json").read_text("utf-8"))
    return loaded


def t(key: str, /, **values: object) -> str:
    """The text of ``key`` in the current language, with ``{name}`` fields filled from ``values``.

    Where ``count`` is 1, the table's singular (``en_one``) is taken if it has one; Chinese needs none.
    Raises ``KeyError`` when the key is in no table: a missing text is a defect, not a blank.
    """
    room, _, name = key.partition(".")
    texts = read_table(room)[name]
    singular = texts.get(f"{_language.value}_one") if values.get("count") == 1 else None
    text = singular or texts[_language.value]
    return text.format(**values) if values else text
