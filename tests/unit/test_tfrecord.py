"""The TFRecord framing, against TensorFlow's own reader and writer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.catalog.data.formats.tfrecord import (
    CANDIDATES,
    WINDOW,
    Damage,
    RecordError,
    encode_record,
    find_last_frame,
    iter_frames,
    masked_crc32c,
    read_frame,
    read_payload,
    write_records,
)

UNHURRIED = settings(deadline=None, max_examples=40)
PAYLOADS = [b"", b"a", b"\x00" * 100, bytes(range(256))]


def read_all(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        descriptor = file.fileno()
        size = os.fstat(descriptor).st_size
        return [read_payload(descriptor, frame) for frame in iter_frames(descriptor, size)]


def last_offset(path: Path) -> int | None:
    with path.open("rb") as file:
        frame = find_last_frame(file.fileno(), path.stat().st_size)
        return None if frame is None else frame.offset


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_records(tmp_path / "records", PAYLOADS)
    return tmp_path / "records"


def test_the_checksum_of_a_published_vector() -> None:
    # CRC-32C of 32 zero bytes is 8a9136aa (RFC 3720, B.4).
    crc = 0x8A9136AA
    assert masked_crc32c(bytes(32)) == (((crc >> 15) | (crc << 17)) + 0xA282EAD8) % 2**32


def test_tensorflow_reads_what_is_written(written: Path) -> None:
    import tensorflow as tf

    assert [record.numpy() for record in tf.data.TFRecordDataset(str(written))] == PAYLOADS


def test_what_tensorflow_writes_is_read(tmp_path: Path) -> None:
    import tensorflow as tf

    path = tmp_path / "theirs"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for payload in PAYLOADS:
            writer.write(payload)
    assert read_all(path) == PAYLOADS


@UNHURRIED
@given(st.lists(st.binary(max_size=300), max_size=8))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, payloads: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("records") / "records"
    write_records(path, payloads)
    assert read_all(path) == payloads


def test_every_way_of_cutting_a_file_off_is_noticed(written: Path) -> None:
    content = written.read_bytes()
    boundaries = {0}
    for payload in PAYLOADS:
        boundaries.add(max(boundaries) + len(encode_record(payload)))
    for length in range(len(content)):
        if length in boundaries:
            continue
        written.write_bytes(content[:length])
        with pytest.raises(RecordError) as caught:
            read_all(written)
        assert caught.value.damage is Damage.TRUNCATED
        assert caught.value.offset == max(boundary for boundary in boundaries if boundary < length)


def test_every_flipped_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "records"
    content = encode_record(b"some payload")
    for position in range(len(content)):
        damaged = bytearray(content)
        damaged[position] ^= 0x10
        path.write_bytes(damaged)
        with pytest.raises(RecordError) as caught:
            read_all(path)
        assert caught.value.damage is (Damage.LENGTH_CHECKSUM if position < 12 else Damage.PAYLOAD_CHECKSUM)


@pytest.mark.parametrize(
    "sizes",
    [
        (0,),
        (10, 0),
        (5, 20, 65519),
        (5, WINDOW - 1),
        (5, WINDOW),
        (70_000, WINDOW + 1),
        (1, 3 * WINDOW + 17),
        (200_000, 150_000, 110_000),
    ],
)
def test_the_last_record_is_found_from_behind(tmp_path: Path, sizes: Sequence[int]) -> None:
    path = tmp_path / "records"
    write_records(path, [os.urandom(size) for size in sizes])
    assert last_offset(path) == sum(size + 16 for size in sizes[:-1])


@UNHURRIED
@given(st.lists(st.integers(0, 200_000), min_size=1, max_size=4))
def test_the_last_record_is_found_whatever_the_sizes(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    path = tmp_path_factory.mktemp("records") / "records"
    write_records(path, [b"\xa5" * size for size in sizes])
    assert last_offset(path) == sum(size + 16 for size in sizes[:-1])


def test_no_last_record_is_found_in_a_file_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "records"
    write_records(path, [os.urandom(100_000) for _ in range(3)])
    path.write_bytes(path.read_bytes()[:-1])
    assert last_offset(path) is None


def test_the_search_gives_up_on_endless_zeros(tmp_path: Path) -> None:
    path = tmp_path / "records"
    write_records(path, [bytes(WINDOW + CANDIDATES)])
    assert last_offset(path) is None
    with path.open("rb") as file:
        assert read_frame(file.fileno(), 0, path.stat().st_size).end == path.stat().st_size
