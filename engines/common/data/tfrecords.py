"""TFRecord files by record: an exact index from their framing, made once per run, and reading at random.

Format (TensorFlow, ``tfrecord`` document): per record a little-endian uint64 length, the masked CRC-32C
of those eight bytes, the payload, and the masked CRC-32C of the payload. The mask rotates the CRC right
by 15 bits and adds 0xa282ead8.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Dict, List, Optional, Sequence, Tuple

import numpy as np

from engines.common.atomic import replace_file
from engines.common.devices.ranks import RankEnvironment
from engines.common.errors import UsageError
from engines.common.stop_flag import StopFlag

HEADER_BYTES = 12
FOOTER_BYTES = 4


@dataclass(frozen=True)
class RecordIndex:
    """The place of every record of ``files``: file number, offset and payload length, each ``[count]``."""

    files: Tuple[str, ...]
    file_of: np.ndarray
    offset: np.ndarray
    length: np.ndarray

    @property
    def count(self) -> int:
        """Number of records."""
        return len(self.offset)


def find_files(folder: Path, prefix: str) -> List[Path]:
    """The files ``<prefix>-*`` of ``folder`` by name. Raises :class:`UsageError` where there are none."""
    try:
        files = sorted(path for path in folder.glob(prefix + "-*") if path.is_file())
    except OSError as error:
        raise UsageError("--data_dir {}: {}.".format(folder, error.strerror)) from None
    if not folder.is_dir():
        raise UsageError("--data_dir {} is not a folder.".format(folder))
    if not files:
        raise UsageError("--data_dir {} holds no TFRecord files named {}-*.".format(folder, prefix))
    return files


def fingerprint(files: Sequence[Path]) -> str:
    """A digest that changes when a file is added, removed or rewritten."""
    described = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(json.dumps(described).encode("utf-8")).hexdigest()


def build_index(files: Sequence[Path], stop: StopFlag) -> Optional[RecordIndex]:
    """Walk the framing of every file; ``None`` when a stop was asked for meanwhile.

    Raises :class:`UsageError` naming a file that is cut short or damaged.
    """
    with ThreadPoolExecutor(max_workers=8) as pool:  # the walk waits for the disk most of the time
        walks = pool.map(lambda path: None if stop.requested else _walk(path), files)
        walked = [walk for walk in walks if walk is not None]
    if len(walked) < len(files):
        return None
    offsets = [offset for offset, _ in walked]
    counts = [len(offset) for offset in offsets]
    if sum(counts) == 0:
        raise UsageError("The files {} … hold no records.".format(files[0]))
    return RecordIndex(
        tuple(str(path) for path in files),
        np.repeat(np.arange(len(files), dtype=np.int32), counts),
        np.concatenate(offsets),
        np.concatenate([length for _, length in walked]),
    )


def save_index(path: Path, index: RecordIndex, digest: str) -> None:
    """Keep ``index`` in ``path`` for :func:`load_index`."""
    arrays = {
        "digest": np.array(digest),
        "files": np.array(index.files),
        "file_of": index.file_of,
        "offset": index.offset,
        "length": index.length,
    }
    replace_file(path, lambda file: np.savez(file, **arrays))  # type: ignore[arg-type]


def load_index(path: Path, digest: str) -> Optional[RecordIndex]:
    """The index kept in ``path``, or ``None`` where there is none for files with this ``digest``."""
    try:
        with np.load(str(path), allow_pickle=False) as kept:
            if str(kept["digest"]) != digest:
                return None
            files = tuple(str(name) for name in kept["files"])
            return RecordIndex(files, kept["file_of"], kept["offset"], kept["length"])
    except (OSError, ValueError, KeyError):
        return None


class RecordReader:
    """Reads payloads by record number, from any thread; keeps at most ``max_open`` files open."""

    def __init__(self, index: RecordIndex, max_open: int = 256) -> None:
        self.index = index
        self._max_open = max_open
        self._open: Dict[int, BinaryIO] = {}
        self._lock = threading.Lock()

    def read(self, record: int) -> bytes:
        """The payload of ``record``."""
        index = self.index
        length = int(index.length[record])
        with self._lock:
            file = self._file(int(index.file_of[record]))
        payload = os.pread(file.fileno(), length, int(index.offset[record]))
        if len(payload) != length:
            raise UsageError(
                "{} became shorter while it was read.".format(index.files[index.file_of[record]])
            )
        return payload

    def _file(self, number: int) -> BinaryIO:
        """File ``number``, most recently used last; one that drops out closes when its last read is done."""
        file = self._open.pop(number, None)
        if file is None:
            if len(self._open) >= self._max_open:
                self._open.pop(next(iter(self._open)))
            file = Path(self.index.files[number]).open("rb", buffering=0)  # noqa: SIM115
        self._open[number] = file
        return file


def masked_crc32c(words: np.ndarray) -> np.ndarray:
    """The masked CRC-32C of each row of ``words`` (uint8 ``[n, k]``), uint32 ``[n]``."""
    crc = np.full(len(words), 0xFFFFFFFF, dtype=np.uint32)
    for column in range(words.shape[1]):
        crc = _CRC32C_TABLE[(crc ^ words[:, column]) & np.uint32(0xFF)] ^ (crc >> np.uint32(8))
    crc ^= np.uint32(0xFFFFFFFF)
    masked: np.ndarray = ((crc >> np.uint32(15)) | (crc << np.uint32(17))) + np.uint32(0xA282EAD8)
    return masked


def _crc32c_table() -> np.ndarray:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> np.uint32(1)) ^ np.uint32(0x82F63B78), table >> np.uint32(1))
    return table.astype(np.uint32)


_CRC32C_TABLE = _crc32c_table()


def _walk(path: Path) -> Tuple[np.ndarray, np.ndarray]:
    """Offsets and lengths of the payloads in one file."""
    headers: List[bytes] = []
    offsets: List[int] = []
    try:
        handle = os.open(str(path), os.O_RDONLY)
    except OSError as error:
        raise UsageError("{} cannot be read: {}.".format(path, error.strerror)) from None
    try:
        size = os.fstat(handle).st_size
        position = 0
        while position < size:
            header = os.pread(handle, HEADER_BYTES, position)
            length = int.from_bytes(header[:8], "little")
            end = position + HEADER_BYTES + length + FOOTER_BYTES
            if len(header) < HEADER_BYTES or end > size:
                raise UsageError("{} is cut short or damaged at byte {}.".format(path, position))
            headers.append(header)
            offsets.append(position + HEADER_BYTES)
            position = end
    finally:
        os.close(handle)
    table = np.frombuffer(b"".join(headers), dtype=np.uint8).reshape(-1, HEADER_BYTES)
    stored = table[:, 8:].copy().view("<u4").reshape(-1)
    damaged = np.flatnonzero(masked_crc32c(table[:, :8]) != stored)
    if len(damaged):
        raise UsageError("{} is damaged at byte {}.".format(path, offsets[int(damaged[0])] - HEADER_BYTES))
    lengths = table[:, :8].copy().view("<u8").reshape(-1).astype(np.int64)
    return np.array(offsets, dtype=np.int64), lengths


def open_record_set(
    folder: Path, prefix: str, cache: Path, ranks: RankEnvironment, stop: StopFlag
) -> Optional[RecordIndex]:
    """The index of ``<prefix>-*`` in ``folder``, as rank 0 builds it and keeps it in ``cache`` for the others
    and for later starts on the same files.

    ``None`` when rank 0 was asked to stop. The others wait even then: rank 0 may not have been asked, and
    tells them once the index is there.
    """
    files = find_files(folder, prefix)
    digest = fingerprint(files)
    while True:
        index = load_index(cache, digest)
        if index is not None:
            return index
        if ranks.rank == 0:
            index = build_index(files, stop)
            if index is not None:
                save_index(cache, index, digest)
            return index
        time.sleep(0.1)
