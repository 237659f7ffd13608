"""Reading a rank log as it grows, and finding its last lines."""

from __future__ import annotations

import os
from pathlib import Path


class LogFollower:
    """Copies what is appended to one file, in whole lines where it can."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path = path
        self.offset = offset
        self._rest = b""

    def new_lines(self) -> list[str]:
        """The lines completed since the last call; a file that is not there yet has none."""
        try:
            with self.path.open("rb") as log:
                log.seek(self.offset)
                block = log.read(1 << 20)
        except FileNotFoundError:
            return []
        self.offset += len(block)
        *lines, self._rest = (self._rest + block).split(b"\n")
        return [line.decode("utf-8", "replace") for line in lines]


def last_offset(path: Path, lines: int) -> int:
    """The byte offset at which the last ``lines`` lines of a file begin, found from its end."""
    try:
        with path.open("rb") as log:
            position = log.seek(0, os.SEEK_END)
            tail = b""
            while position > 0 and tail.count(b"\n") <= lines:
                block = min(1 << 16, position)
                position -= block
                log.seek(position)
                tail = log.read(block) + tail
    except FileNotFoundError:
        return 0
    kept = tail.split(b"\n")[-(lines + 1) :] if tail.endswith(b"\n") else tail.split(b"\n")[-lines:]
    return position + len(tail) - len(b"\n".join(kept)) if lines else position + len(tail)
