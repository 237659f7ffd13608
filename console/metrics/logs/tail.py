"""Reading what was appended to a log since last time, line by line, from a byte offset."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

LINE_CAP = 64 * 1024
"""Bytes of one line that are kept; the rest of a longer line is skipped."""


@dataclass(frozen=True, slots=True)
class TailBatch:
    """New lines of a log, without their ends, and the state of the file when they were read.

    ``modified`` is when the file was last written, in Unix seconds; ``more`` says that bytes are left
    which a further read would give; ``truncated_at`` is the offset reading had reached when the file turned
    out to be shorter or another one, so that these lines are from its start.
    """

    lines: list[bytes] = field(default_factory=list)
    modified: float = 0.0
    more: bool = False
    truncated_at: int | None = None


class LogTail:
    """The new lines of a growing log.

    A line is what stands between line feeds. Of a line that a progress bar wrote over and over
    with carriage returns, only the last update is given. While such a line still grows its updates
    are given as they come, but of all that one read meets only the newest; so a bar that never ends its line
    is live too. An update counts as complete when another has begun after it.

    ``offset`` is where reading may go on after a restart: what was given lies before it, what was not lies
    after it. It stands at the start of a line or of an update, never within.

    Bytes are not decoded. Lines longer than ``LINE_CAP`` are cut there and cost memory no further.
    """

    def __init__(self, path: Path | str, offset: int = 0) -> None:
        self._path = Path(path)
        self.offset = offset
        self._position = offset
        self._held = b""
        self._inode: int | None = None

    def read(self, max_bytes: int = 1 << 20) -> TailBatch:
        """The lines completed by the next ``max_bytes`` of the file; none when it does not exist (yet)."""
        try:
            state = self._path.stat()
        except FileNotFoundError:
            return TailBatch()
        truncated_at = self._start_again(state)
        if state.st_size == self._position:
            return TailBatch([], state.st_mtime, False, truncated_at)
        with self._path.open("rb", buffering=0) as file:
            file.seek(self._position)
            data = file.read(max_bytes)
        lines = self._take(data)
        return TailBatch(lines, state.st_mtime, self._position < state.st_size, truncated_at)

    def finish(self) -> list[bytes]:
        """The text after the last complete line or update, to be asked for when the writer has ended."""
        held, self._held = self._held, b""
        self.offset = self._position
        last = _last_update(held)[:LINE_CAP]
        return [last] if last else []

    def _start_again(self, state: os.stat_result) -> int | None:
        """Go back to the start if the file was cut short or replaced; the offset reached before, if so."""
        replaced = self._inode is not None and self._inode != state.st_ino
        self._inode = state.st_ino
        if not replaced and state.st_size >= self._position:
            return None
        reached = self.offset
        self.offset = self._position = 0
        self._held = b""
        return reached

    def _take(self, data: bytes) -> list[bytes]:
        """The lines and updates completed by ``data``, the bytes from ``_position`` on."""
        before = len(self._held)
        text = self._held + data
        start = text.rfind(b"\n") + 1
        lines = text[: start - 1].split(b"\n") if start else []
        if start and b"\r" in text:
            lines = [_last_update(line) if b"\r" in line else line for line in lines]
        # Of "1%\r2%" the first update is complete. Of "1%\r" it may not be: a line feed may follow.
        update_end = text.rstrip(b"\r").rfind(b"\r", start)
        if update_end >= 0:
            update = _last_update(text[start:update_end])
            lines += [update] if update else []
            start = update_end + 1
        if start:
            self.offset = self._position + start - before
        self._position += len(data)
        self._hold(text[start:])
        if lines and len(max(lines, key=len)) > LINE_CAP:
            lines = [line[:LINE_CAP] for line in lines]
        return lines

    def _hold(self, rest: bytes) -> None:
        """Keep the unfinished end, of which no more than ``LINE_CAP`` bytes and a final return matter."""
        self._held = rest
        if len(rest) > LINE_CAP:
            self._held = rest[:LINE_CAP] + (b"\r" if rest.endswith(b"\r") else b"")


def _last_update(line: bytes) -> bytes:
    """The last update of a line that each carriage return begins anew; blank updates only clear it."""
    return line.rstrip().rpartition(b"\r")[2]
