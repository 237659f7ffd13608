"""Where the ``ascend-console`` script begins: the language is set before any text is looked up."""

from __future__ import annotations

import sys

from console.i18n import Language, set_language


def main() -> None:
    """Run the command line of this process and leave with its exit code."""
    language = language_asked_for(sys.argv[1:])
    if language is not None:
        set_language(language)
    from console.cli.main import run_command

    sys.exit(run_command(sys.argv[1:]))


def language_asked_for(arguments: list[str]) -> Language | None:
    """The language of ``--lang zh`` or ``--lang=zh`` before the verb, ``None`` without a valid one."""
    words = iter(arguments)
    for word in words:
        if not word.startswith("-"):
            break
        flag, _, value = word.partition("=")
        if flag == "--lang":
            value = value or next(words, "")
            return Language(value) if value in {one.value for one in Language} else None
    return None
