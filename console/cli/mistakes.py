"""From what an action raises to a sentence on stderr and an exit code; without any library of command lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from console.errors import ExitCode, UserError
from console.i18n import t

PROGRAM = "ascend-console"


def guarded(action: Callable[[], object]) -> int:
    """Do ``action`` and return the exit code it gives, or that of what it raises, after telling of it."""
    try:
        result = action()
        sys.stdout.flush()
        return result if isinstance(result, int) else ExitCode.OK
    except UserError as error:
        return complain(str(error), error.exit_code)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); the interpreter must not complain at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except Exception as error:
        from console.crash import record_crash

        path = record_crash(error)
        return complain(t("cli.crash", error=repr(error), path=path or "–"), ExitCode.FAILED)


def complain(sentence: str, code: ExitCode) -> ExitCode:
    """Say a sentence on stderr, in the name of the program."""
    sys.stderr.write(f"{PROGRAM}: {sentence}\n")
    return code
