"""Any line of a log by its number: an index of how many line feeds each block of the file holds."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from console.metrics.logs.text import DISPLAY_CAP, displayed

BLOCK = 64 * 1024
"""Bytes per entry of the index: 8 bytes of memory for each of these."""

REFRESH_BYTES = 32 << 20
"""Bytes of the file that one refresh reads by default."""

TAIL_BYTES = 4 << 20
"""Bytes at the end of a file larger than one refresh that are shown while the rest is being counted."""

SEARCH_BYTES = 4 << 20
"""Bytes of the file that one slice of a search reads."""

_READ_BYTES = 1 << 20


class _Stretch:
    """The lines of a file from byte ``origin``, a block border, on; ``first`` is the number of the first.

    ``counts[k]`` is the number of line feeds in the first k blocks. It only grows, and ``scanned`` is
    replaced as a whole, so one thread may extend the stretch while others read it.
    """

    def __init__(self, origin: int, first: int) -> None:
        self.origin = origin
        self.first = first
        self.counts = array("Q", [0])
        self.scanned = (origin, 0, False)
        """Byte reached, line feeds up to there, and whether text follows the last of them."""

    @property
    def line_count(self) -> int:
        """The number the line after the last one will have."""
        _, feeds, unfinished = self.scanned
        return self.first + feeds + unfinished

    def scan(self, file: BinaryIO, end: int) -> None:
        """Count on up to byte ``end``."""
        position, feeds, unfinished = self.scanned
        file.seek(position)
        while position < end and (data := file.read(min(_READ_BYTES, end - position))):
            start = 0
            while start < len(data):
                border = self.origin + len(self.counts) * BLOCK - position
                stop = min(border, len(data))
                feeds += data.count(b"\n", start, stop)
                if stop == border:
                    self.counts.append(feeds)
                start = stop
            position += len(data)
            unfinished = not data.endswith(b"\n")
        self.scanned = (position, feeds, unfinished)

    def start_of(self, file: BinaryIO, number: int) -> int:
        """The byte at which line ``number`` starts; that after the last line for numbers beyond."""
        position, feeds, _ = self.scanned
        index = number - self.first
        if index <= 0:
            return self.origin
        if index > feeds:
            return position
        block = bisect_left(self.counts, index) - 1
        file.seek(self.origin + block * BLOCK)
        data = file.read(BLOCK)
        rest = data.split(b"\n", index - self.counts[block])[-1]
        return self.origin + block * BLOCK + len(data) - len(rest)

    def number_at(self, file: BinaryIO, position: int) -> int:
        """The number of the line that holds the byte at ``position``."""
        block = (position - self.origin) // BLOCK
        border = self.origin + block * BLOCK
        file.seek(border)
        return self.first + self.counts[block] + file.read(position - border).count(b"\n")


class LogIndex:
    """Lines of a growing log by number, in memory that is a few bytes per 64 kB of log.

    A number always means the same line. Counting a huge file takes a while, but its end is there after the
    first :meth:`refresh`: until :attr:`complete` only lines from :attr:`first_line` on can be had, and their
    numbers are high enough to leave room for those before. When all is counted ``first_line`` is the
    number of the file's first line: 0, unless the file was huge, or was cut short or replaced, in which
    case its new lines go on with new numbers.

    One thread may call :meth:`refresh` while others ask for lines.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._inode: int | None = None
        self._lines = _Stretch(0, 0)
        self._head: _Stretch | None = None

    @property
    def complete(self) -> bool:
        """True when every line that was in the file at the last refresh has its number."""
        return self._head is None

    @property
    def first_line(self) -> int:
        """The number of the first line that can be had."""
        lines = self._lines
        return lines.first + (lines.origin > 0)

    @property
    def line_count(self) -> int:
        """The number that the next line will have; a last line that is still being written counts."""
        return self._lines.line_count

    def refresh(self, max_bytes: int = REFRESH_BYTES) -> bool:
        """Take in what was appended, reading at most about ``max_bytes``; true if more is left to be read."""
        try:
            state = self._path.stat()
        except FileNotFoundError:
            return False
        size = state.st_size
        if state.st_ino != self._inode or size < self._lines.scanned[0]:
            self._begin(size, max_bytes)
            self._inode = state.st_ino
        position = self._lines.scanned[0]
        if position == size and self._head is None:
            return False
        with self._path.open("rb", buffering=0) as file:
            self._lines.scan(file, min(size, position + max_bytes))
            position = self._lines.scanned[0]
            if self._head is not None and position == size:
                self._scan_head(file, self._head, max_bytes)
        return position < size or self._head is not None

    def lines(self, first: int, count: int) -> list[str]:
        """Up to ``count`` lines from number ``first`` on, as text to show (:func:`displayed`)."""
        stretch = self._lines
        first = max(first, self.first_line)
        stop = min(first + count, stretch.line_count)
        if first >= stop or not self._path.exists():
            return []
        with self._path.open("rb", buffering=0) as file:
            start, end = stretch.start_of(file, first), stretch.start_of(file, stop)
            if end - start <= max(BLOCK, (stop - first) * DISPLAY_CAP):
                file.seek(start)
                raw = file.read(end - start).split(b"\n")
                return [displayed(line) for line in raw[: stop - first]]
            borders = [start, *(stretch.start_of(file, number) for number in range(first + 1, stop)), end]
            return [_long_line(file, *borders[index : index + 2]) for index in range(stop - first)]

    def find(self, text: str, start: int, backwards: bool = False) -> int | None:
        """The number of the nearest line from ``start`` on (included) that holds ``text``, in any case."""
        return next((number for number in self.search(text, start, backwards) if number is not None), None)

    def search(self, text: str, start: int, backwards: bool = False) -> Iterator[int | None]:
        """The same in slices of a few milliseconds: ``None`` after each one without a hit, last the hit."""
        stretch = self._lines
        if not self._path.exists():
            return
        with self._path.open("rb", buffering=0) as file:
            slices = _slices_backwards if backwards else _slices
            low = stretch.start_of(file, max(self.first_line, 0 if backwards else start))
            high = stretch.start_of(file, start + 1) if backwards else stretch.scanned[0]
            for position, data in slices(file, low, high):
                hit = _hit(data, text.lower(), backwards)
                if hit is not None:
                    yield stretch.number_at(file, position + hit)
                    return
                yield None

    def _begin(self, size: int, max_bytes: int) -> None:
        """Start anew on a file of ``size`` bytes, with numbers that were not given before."""
        first = self._lines.line_count
        self._head = None
        origin = 0
        if size > max_bytes:
            origin = (size - min(TAIL_BYTES, max_bytes)) // BLOCK * BLOCK
            self._head = _Stretch(0, first)
        # There cannot be more lines than bytes before the origin.
        self._lines = _Stretch(origin, first + origin)

    def _scan_head(self, file: BinaryIO, head: _Stretch, max_bytes: int) -> None:
        tail = self._lines
        position = head.scanned[0]
        head.scan(file, min(tail.origin, position + max_bytes))
        if head.scanned[0] < tail.origin:
            return
        whole = _Stretch(0, tail.first - head.scanned[1])
        whole.counts = head.counts
        before = head.scanned[1]
        whole.counts.extend(before + count for count in tail.counts[1:])
        position, feeds, unfinished = tail.scanned
        whole.scanned = (position, before + feeds, unfinished)
        self._lines, self._head = whole, None


def _long_line(file: BinaryIO, start: int, end: int) -> str:
    """A line as text to show, of which only the ends are read when it is longer than can be shown."""
    file.seek(start)
    if end - start <= 4 * DISPLAY_CAP:
        return displayed(file.read(end - start))
    head = file.read(2 * DISPLAY_CAP)
    file.seek(end - 2 * DISPLAY_CAP)
    return displayed(head + file.read(2 * DISPLAY_CAP))


def _slices(file: BinaryIO, low: int, high: int) -> Iterator[tuple[int, bytes]]:
    """The bytes from ``low`` to ``high`` with their position, cut after line feeds where there are any."""
    while low < high:
        file.seek(low)
        data = file.read(min(SEARCH_BYTES, high - low))
        if low + len(data) < high:
            data = data[: data.rfind(b"\n") + 1] or data
        if not data:
            return
        yield low, data
        low += len(data)


def _slices_backwards(file: BinaryIO, low: int, high: int) -> Iterator[tuple[int, bytes]]:
    """The same from the end to the start."""
    while low < high:
        start = max(low, high - SEARCH_BYTES)
        file.seek(start)
        data = file.read(high - start)
        if start > low:
            cut = data.find(b"\n") + 1
            if cut < len(data):
                start, data = start + cut, data[cut:]
        yield start, data
        high = start


def _hit(data: bytes, text: str, backwards: bool) -> int | None:
    """Position in ``data`` of a byte of the first (or last) line that shows ``text``, given in lower case."""
    if b"\x1b" not in data and b"\r" not in data:
        folded, needle = data.lower(), text.encode()
        hit = folded.rfind(needle) if backwards else folded.find(needle)
        return hit if hit >= 0 else None
    position, found = 0, None
    for line in data.split(b"\n"):
        if text in displayed(line).lower():
            found = position
            if not backwards:
                break
        position += len(line) + 1
    return found
