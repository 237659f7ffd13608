"""The variables of a MATLAB 5 file: their names and shapes, and the values of small ones.

A file is a header of 128 bytes and a run of elements: an 8-byte tag (type, length), then the content. A matrix
is an element of elements: flags, dimensions, name, values. Most files deflate each matrix on its own.
"MAT-File Level 5 File Format", The MathWorks, https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

HEADER_BYTES = 128
CHUNK = 1 << 20
MAX_NAME = 64
MAX_DIMENSIONS = 32

_MATRIX, _COMPRESSED = 14, 15
_NUMBERS = {1: "b", 2: "B", 3: "h", 4: "H", 5: "i", 6: "I", 7: "f", 9: "d", 12: "q", 13: "Q"}


class MatError(ValueError):
    """A file that is damaged or no MATLAB 5 file."""


class TruncatedMatError(MatError):
    """A file that ends before its content does."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A variable. ``values`` reads all of it, as numbers; ``verify`` reads all of it and keeps nothing."""

    name: str
    shape: tuple[int, ...]
    values: Callable[[], tuple[float, ...]]
    verify: Callable[[Callable[[], bool]], None]


def read_matrices(file: BinaryIO, size: int) -> Iterator[Matrix]:
    """The variables of an open file of ``size`` bytes, whose content is read only when it is asked for.

    Raises :class:`MatError`, here or while a variable is read. A variable is to be read before the next.
    """
    header = file.read(HEADER_BYTES)
    order = {b"IM": "<", b"MI": ">"}.get(header[126:128])
    if len(header) < HEADER_BYTES or order is None or not header.startswith(b"MATLAB 5.0"):
        raise MatError("no MATLAB 5 file")
    position = HEADER_BYTES
    while position < size:
        file.seek(position)
        kind, length = struct.unpack(f"{order}II", _exactly(file, 8))
        position += 8 + length
        if position > size:
            raise TruncatedMatError("an element goes on beyond the end of the file")
        if kind not in (_MATRIX, _COMPRESSED):
            raise MatError(f"an element has the type {kind}")
        source: _Source = _Deflated(file, length) if kind == _COMPRESSED else _Plain(file, length)
        yield _Reader(source, order).matrix(inside=kind == _MATRIX)


class _Plain:
    """The next ``length`` bytes of a file."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file = file
        self._left = length

    def read(self, count: int) -> bytes:
        """The next bytes, fewer than ``count`` only at the end."""
        content = self._file.read(min(count, self._left))
        self._left -= len(content)
        return content


class _Deflated:
    """The next ``length`` bytes of a file, inflated."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._plain = _Plain(file, length)
        self._inflate = zlib.decompressobj()
        self._ready = b""

    def read(self, count: int) -> bytes:
        """The next bytes, fewer than ``count`` only at the end; raises :class:`MatError`."""
        while len(self._ready) < count and not self._inflate.eof:
            packed = self._inflate.unconsumed_tail or self._plain.read(CHUNK)
            if not packed:
                raise TruncatedMatError("the deflated content is cut off")
            try:
                self._ready += self._inflate.decompress(packed, CHUNK)
            except zlib.error as error:
                raise MatError(str(error)) from error
        content, self._ready = self._ready[:count], self._ready[count:]
        return content


_Source = _Plain | _Deflated


class _Reader:
    """Takes a matrix apart."""

    def __init__(self, source: _Source, order: str) -> None:
        self._source = source
        self._order = order

    def matrix(self, inside: bool) -> Matrix:
        """The variable; ``inside`` when its own tag has been read."""
        if not inside and self._unpack("II", 8)[0] != _MATRIX:
            raise MatError("a variable is no matrix")
        self._numbers(16)
        shape = tuple(int(number) for number in self._numbers(4 * MAX_DIMENSIONS))
        name = bytes(int(number) & 0xFF for number in self._numbers(MAX_NAME)).decode("latin-1")
        return Matrix(name, shape, lambda: self._numbers(None), self._skim)

    def _numbers(self, limit: int | None) -> tuple[float, ...]:
        """The next element as numbers; ``limit`` is how many bytes it may have."""
        kind, length = self._unpack("II", 8)
        if kind >> 16:  # an element of at most 4 bytes lies inside its own tag
            small = struct.pack(f"{self._order}I", length)
            kind, length = kind & 0xFFFF, kind >> 16
            content = small[:length]
        else:
            if limit is not None and length > limit:
                raise MatError(f"an element has {length} bytes")
            content = _exactly(self._source, length)
            _exactly(self._source, -length % 8)
        if kind not in _NUMBERS:
            raise MatError(f"an element has the type {kind}")
        code = _NUMBERS[kind]
        count = len(content) // struct.calcsize(code)
        return struct.unpack_from(f"{self._order}{count}{code}", content)

    def _skim(self, cancelled: Callable[[], bool]) -> None:
        """Read the next element to the end of the variable, through its checksum."""
        kind, length = self._unpack("II", 8)
        if kind >> 16:
            return
        while length and not cancelled():
            length -= len(_exactly(self._source, min(length, CHUNK)))
        while not length and self._source.read(CHUNK):
            pass

    def _unpack(self, form: str, size: int) -> tuple[int, ...]:
        return struct.unpack(self._order + form, _exactly(self._source, size))


def _exactly(source: _Source | BinaryIO, count: int) -> bytes:
    content = source.read(count)
    if len(content) < count:
        raise TruncatedMatError("the content is cut off")
    return content
