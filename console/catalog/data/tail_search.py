"""Find the last record of a TFRecord file from behind, without walking through the ones before it."""

from __future__ import annotations

import os

from console.catalog.data.tfrecord import HEADER, LENGTH, OVERHEAD, Frame, RecordError, read_frame

WINDOW = 1 << 16
"""Bytes read at a time; a power of 256, so that within a window all but two bytes of the length are fixed."""

LONGEST = 1 << 24
CANDIDATES = 1000


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
