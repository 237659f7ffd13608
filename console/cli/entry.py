"""The entry point of the ``ascend-console`` script: the language is set before any text is looked up.

Without a verb it goes straight to the screens, since importing what parses command lines takes a while.
"""

from __future__ import annotations

import os
import sys

from console.i18n import Language, set_language
from console.i18n.tables import LANGUAGE_VARIABLE

COMPLETION_VARIABLE = "_ASCEND_CONSOLE_COMPLETE"
"""Set by a shell that asks how the command line may go on."""


def main() -> None:
    """Run the command line of this process and leave with its exit code."""
    arguments = sys.argv[1:]
    language, rest = language_asked_for(arguments)
    if language is not None:
        set_language(language)
        # The screens and the processes that are started follow it too, whatever the settings say.
        os.environ[LANGUAGE_VARIABLE] = language.value
    if not rest and COMPLETION_VARIABLE not in os.environ:
        from console.cli.mistakes import guarded
        from console.cli.open import open_console

        sys.exit(guarded(open_console))
    from console.cli.main import run_command

    sys.exit(run_command(arguments))


def language_asked_for(arguments: list[str]) -> tuple[Language | None, list[str]]:
    """The language of ``--lang zh`` or ``--lang=zh`` before the verb, and the arguments without it.

    ``None``, and all arguments, where there is no valid one.
    """
    for index, word in enumerate(arguments):
        if not word.startswith("-"):
            break
        flag, assigned, value = word.partition("=")
        if flag == "--lang":
            taken = 1 if assigned else 2
            value = value if assigned else "".join(arguments[index + 1 : index + 2])
            if value not in {one.value for one in Language}:
                break
            return Language(value), arguments[:index] + arguments[index + taken :]
    return None, arguments
