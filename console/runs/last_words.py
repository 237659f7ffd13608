"""The log line that tells why a rank failed, found near the end of its log."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

TAIL_BYTES = 1 << 18
NEAR_THE_END = 300
CLOSING_LINES = 20
LINE_LENGTH = 500

_TRACEBACK = "Traceback (most recent call last):"
_ERROR = re.compile(
    r"^\s*(?:[\w.]+(?:Error|Exception)\b|usage: )"
    r"|\b(?:FATAL|Fatal|fatal|ERROR|CRITICAL)\b"
    r"|\b[Ee]rror: |[Ss]egmentation fault|\bAborted\b|[Cc]ore dumped|[Oo]ut of memory"
    r"|[Nn]o such file|[Pp]ermission denied|command not found|No space left"
)
_HARMLESS = re.compile(
    r"cuInit|libcu\w+\.so|libnvinfer|\bcudart_stub\b|\bcuda_(?:platform|driver|diagnostics)\.cc"
    r"|kernel driver does not appear to be running|Unable to register cu\w+ factory|\boneDNN supports\b"
    r"|can not find Environment variable : JOB_ID|enable_data_pre_proc option IS DEPRECATED"
)
"""Lines that read like errors and are none: frameworks that look for a GPU where there is none."""

_NOT_PRINTABLE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")


class LastWords(NamedTuple):
    """A line of a log; ``number`` counts from 1.

    ``ends_in_traceback`` when it is the exception of a traceback with which the log as good as closes.
    """

    text: str
    number: int
    ends_in_traceback: bool


def last_words(path: Path, start: int = 0) -> LastWords | None:
    """The exception of the last traceback after byte ``start``, else the first line near the end that reads
    like an error, else the last line with anything on it; ``None`` for a log without one."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            begin = max(start, size - TAIL_BYTES)
            file.seek(begin)
            tail = file.read(TAIL_BYTES)
            # A run that starts in the middle of a line is cut at the next line's beginning.
            skipped = tail.find(b"\n") + 1 if begin > start else 0
            first_number = _count_lines(path, begin + skipped) + 1
    except OSError:
        return None
    said = [
        (first_number + index, line)
        for index, line in enumerate(map(_readable, tail[skipped:].split(b"\n")))
        if line.strip()
    ][-NEAR_THE_END:]
    if not said:
        return None
    lines = [line for _, line in said]
    exception = _exception(lines)
    chosen = _first_error(lines) if exception is None else exception
    number, line = said[chosen]
    closes = exception is not None and len(lines) - exception <= CLOSING_LINES
    return LastWords(line.strip()[:LINE_LENGTH], number, closes)


def _count_lines(path: Path, end: int) -> int:
    count = 0
    with path.open("rb") as file:
        while end > 0:
            block = file.read(min(end, 1 << 20))
            if not block:
                break
            count += block.count(b"\n")
            end -= len(block)
    return count


def _readable(line: bytes) -> str:
    """A line as a terminal would leave it: the last update of a progress bar, no colours."""
    updates = [part for part in line.split(b"\r") if part.strip()]
    return _NOT_PRINTABLE.sub("", (updates[-1] if updates else b"").decode("utf-8", "replace"))


def _exception(lines: list[str]) -> int | None:
    """Index of the exception line of the last traceback: the first line after it that is not indented."""
    starts = [index for index, line in enumerate(lines) if _TRACEBACK in line]
    if not starts:
        return None
    # Loggers put a prefix before every line of a traceback; it is as long as before its first line.
    prefix = lines[starts[-1]].index(_TRACEBACK)
    after = range(starts[-1] + 1, len(lines))
    return next((index for index in after if lines[index][prefix:][:1].strip()), None)


def _first_error(lines: list[str]) -> int:
    """Index of the first line that reads like an error, else of the last line that means something."""
    telling = [index for index, line in enumerate(lines) if not is_harmless(line)]
    last = telling[-1] if telling else len(lines) - 1
    return next((index for index in telling if _ERROR.search(lines[index])), last)


def is_harmless(line: str) -> bool:
    """Whether ``line`` is seen in runs that are well, however alarming it reads."""
    return _HARMLESS.search(line) is not None
