"""The framing of TFRecord files.

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

_MASK_DELTA = 0xA282EAD8


class Damage(str, Enum):
    """What can be wrong with a record's framing."""

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
    """Where a record lies: the byte at which it begins, and the length of its payload in bytes."""

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
