"""TensorBoard event files written without TensorFlow.

An event file is a TFRecord file of Event messages (tensorflow/core/util/event.proto): wall_time (1, double),
step (2, int64), file_version (3, string) and summary (5), which repeats Value (1) of tag (1) and simple_value
(2, float).
"""

from __future__ import annotations

import os
import socket
import struct
import time
from pathlib import Path
from typing import BinaryIO, Optional

import numpy as np

from engines.common.data.tfrecords import masked_crc32c


class EventFile:
    """Scalars under ``folder``, as one more file in it; ``None`` writes nothing."""

    def __init__(self, folder: Optional[Path]) -> None:
        self._file: Optional[BinaryIO] = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            name = "events.out.tfevents.{}.{}.{}".format(int(time.time()), socket.gethostname(), os.getpid())
            self._file = (folder / name).open("ab")
            self._append(_text(3, b"brain.Event:2"))

    def write(self, step: int, **values: float) -> None:
        """Write one point per value; ``__`` in a name becomes ``/``."""
        if self._file is not None:
            points = b"".join(
                _text(1, _text(1, name.replace("__", "/").encode()) + b"\x15" + struct.pack("<f", value))
                for name, value in values.items()
            )
            self._append(b"\x10" + _varint(step) + _text(5, points))

    def _append(self, fields: bytes) -> None:
        assert self._file is not None
        event = b"\x09" + struct.pack("<d", time.time()) + fields
        length = struct.pack("<Q", len(event))
        self._file.write(length + _checksum(length) + event + _checksum(event))
        self._file.flush()


def _checksum(content: bytes) -> bytes:
    return masked_crc32c(np.frombuffer(content, dtype=np.uint8)[np.newaxis]).astype("<u4").tobytes()


def _text(number: int, content: bytes) -> bytes:
    """A length-delimited field."""
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)
