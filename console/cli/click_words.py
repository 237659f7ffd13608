"""The words click itself says, in the language of the console.

click asks gettext for them, which looks for catalogues in the folders of the system and goes by the locale of the
process. Here they come from the message table ``click``, whose English texts are click's own.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

import click

from console.i18n import Language, current_language
from console.i18n.tables import read_table


def translate_click() -> None:
    """Let every module of click ask the table; may be called again when click has imported more of itself."""
    package = click.__name__ + "."
    for name, module in list(sys.modules.items()):
        if name.startswith(package):
            for asked, answer in (("_", _translate), ("ngettext", _translate_counted)):
                if hasattr(module, asked):
                    setattr(module, asked, answer)


def _translate(text: str) -> str:
    """``text``, which is English, in the current language; as it is where the table does not have it."""
    language = current_language()
    return text if language is Language.ENGLISH else _by_english().get(text, {}).get(language.value, text)


def _translate_counted(one: str, several: str, count: int) -> str:
    return _translate(one if count == 1 else several)


def _by_english() -> Mapping[str, Mapping[str, str]]:
    return {texts[Language.ENGLISH.value]: texts for texts in read_table("click").values()}
