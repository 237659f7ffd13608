"""The one exception that stands for a user's mistake, and the exit codes of the command line."""

from __future__ import annotations

from enum import IntEnum

from console.i18n import Message


class ExitCode(IntEnum):
    """Exit codes of ``ascend-console``; they are an interface that scripts may rely on."""

    OK = 0
    FAILED = 1
    USAGE = 2
    BLOCKED = 3
    NOT_FOUND = 4
    INTERRUPTED = 130


class UserError(Exception):
    """A mistake the user can mend: shown as one plain sentence, never as a traceback.

    ``message`` names the file, field or flag and says what to do. ``exit_code`` is what the
    command line ends with when nothing else handles it.
    """

    def __init__(self, message: Message, exit_code: ExitCode = ExitCode.USAGE) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code

    def __str__(self) -> str:
        return str(self.message)


def user_error(key: str, /, exit_code: ExitCode = ExitCode.USAGE, **values: object) -> UserError:
    """Build a :class:`UserError` from a message key and its values."""
    return UserError(Message.of(key, **values), exit_code)
