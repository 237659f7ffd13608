"""The framing of TFRecord files: writing, reading, and finding the last record without walking the file.

A file is a run of records, each ``uint64 length, uint32 masked crc32c of the length's 8 bytes, payload,
uint32 masked crc32c of the payload``, little endian
(https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import google_crc32c

HEADER = struct.Struct("<QI")
LENGTH = struct.Struct("<Q")
CHECKSUM = struct.Struct("<I")
OVERHEAD = HEADER.size + CHECKSUM.size
"""Bytes a record takes beside its payload."""

WINDOW = 1 << 16
"""Bytes searched at a time for the last record; a power of 256, so that within a window all but two bytes of
its length are fixed."""

LONGEST = 1 << 24
"""Bytes before the end of a file within which the last record has to begin to be found."""

CANDIDATES = 1000
"""Places whose checksum is tried before the search is given up."""

_MASK_DELTA = 0xA282EAD8


class Damage(str, Enum):
    """The kinds of damage of a record's framing."""

    TRUNCATED = "truncated"
    LENGTH_CHECKSUM = "length_checksum"
    PAYLOAD_CHECKSUM = "payload_checksum"


class RecordError(ValueError):
    """A damaged record; ``offset`` is the byte at which it begins."""

    def __init__(self, damage: Damage, offset: int) -> None:
        super().__init__(f"{damage.value} at byte {offset}")
        self.damage = damage
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Frame:
    """The place of a record: the byte at which it begins, and the length of its payload in bytes."""

    offset: int
    length: int

    @property
    def end(self) -> int:
        """The byte after the record."""
        return self.offset + OVERHEAD + self.length


def masked_crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli) of ``data``, rotated right by 15 bits and offset, as TFRecord stores it."""
    crc: int = google_crc32c.value(data)
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF


def encode_record(payload: bytes) -> bytes:
    """``payload`` with its framing."""
    length = LENGTH.pack(len(payload))
    return b"".join(
        (length, CHECKSUM.pack(masked_crc32c(length)), payload, CHECKSUM.pack(masked_crc32c(payload)))
    )


def write_records(path: Path, payloads: Iterable[bytes]) -> None:
    """Write a TFRecord file."""
    with path.open("wb") as file:
        file.writelines(map(encode_record, payloads))


def read_frame(descriptor: int, offset: int, size: int) -> Frame:
    """Read and verify the header at ``offset`` of a file of ``size`` bytes; raises :class:`RecordError`."""
    header = os.pread(descriptor, HEADER.size, offset)
    if len(header) < HEADER.size:
        raise RecordError(Damage.TRUNCATED, offset)
    length, checksum = HEADER.unpack(header)
    if masked_crc32c(header[: LENGTH.size]) != checksum:
        raise RecordError(Damage.LENGTH_CHECKSUM, offset)
    frame = Frame(offset, length)
    if frame.end > size:
        raise RecordError(Damage.TRUNCATED, offset)
    return frame


def iter_frames(descriptor: int, size: int) -> Iterator[Frame]:
    """Every record in order, seeking over the payloads; raises :class:`RecordError` where the file breaks."""
    offset = 0
    while offset < size:
        frame = read_frame(descriptor, offset, size)
        yield frame
        offset = frame.end


def read_payload(descriptor: int, frame: Frame) -> bytes:
    """Read and verify a payload; raises :class:`RecordError`."""
    body = os.pread(descriptor, frame.length + CHECKSUM.size, frame.offset + HEADER.size)
    payload = body[: frame.length]
    if len(body) < frame.length + CHECKSUM.size:
        raise RecordError(Damage.TRUNCATED, frame.offset)
    if masked_crc32c(payload) != CHECKSUM.unpack_from(body, frame.length)[0]:
        raise RecordError(Damage.PAYLOAD_CHECKSUM, frame.offset)
    return payload


def find_last_frame(descriptor: int, size: int) -> Frame | None:
    """The record that ends exactly at ``size``, or ``None`` when none is found within 16 MiB of the end.

    A record that begins at byte ``p`` and ends with the file has the length ``size - 16 - p``, so at each
    place there is only one length that would do. The search is for the six upper bytes of that length, which
    are the same all over a window of 64 KiB, at the speed of ``bytes.rfind``; what it finds is then verified
    by the length's checksum. ``None`` is no proof of damage: walk the file to know.
    """
    candidates = 0
    for high in range(min(size, LONGEST) // WINDOW + 1):
        start = size - OVERHEAD - (high + 1) * WINDOW + 1
        window = os.pread(descriptor, WINDOW - 1 + HEADER.size - max(0, -start), max(0, start))
        upper = LENGTH.pack(high * WINDOW)[2:]
        found = window.rfind(upper)
        while found >= 0 and candidates < CANDIDATES:
            offset = max(0, start) + found - 2
            if offset >= 0 and _ends_at(descriptor, offset, size):
                return Frame(offset, size - OVERHEAD - offset)
            candidates += 1
            found = window.rfind(upper, 0, found + len(upper) - 1)
        if start <= 0:
            break
    return None


def _ends_at(descriptor: int, offset: int, size: int) -> bool:
    try:
        return read_frame(descriptor, offset, size).end == size
    except RecordError:
        return False
