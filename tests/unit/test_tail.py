"""The tail of a growing log, whatever bytes it is made of and wherever reads happen to cut them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.metrics.logs.tail import LINE_CAP, LogTail

PIECES = st.lists(
    st.one_of(st.sampled_from([b"\n", b"\r", b"\r\n", b" ", b"\x1b[0m"]), st.binary(max_size=6)), max_size=30
)


def read_all(tail: LogTail, max_bytes: int = 1 << 20) -> list[bytes]:
    """Every line until nothing is left."""
    lines: list[bytes] = []
    while True:
        batch = tail.read(max_bytes)
        lines += batch.lines
        if not batch.more:
            return lines


@given(pieces=PIECES.map(b"".join).map(lambda data: data.replace(b"\r", b"")), cuts=st.data())
def test_any_split_of_the_bytes_gives_the_same_lines(
    tmp_path_factory: pytest.TempPathFactory, pieces: bytes, cuts: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("tail") / "rank-0.log"
    tail, lines = LogTail(path), []
    with path.open("ab", buffering=0) as log:
        position = 0
        while position < len(pieces):
            size = cuts.draw(st.integers(1, 10))
            log.write(pieces[position : position + size])
            position += size
            lines += read_all(tail, cuts.draw(st.integers(1, 20)))
    assert lines == pieces.split(b"\n")[:-1]
    assert tail.offset == pieces.rfind(b"\n") + 1


@given(pieces=st.lists(PIECES.map(b"".join), max_size=8))
def test_a_new_tail_at_the_offset_gives_what_the_old_one_would_have(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("tail") / "rank-0.log"
    tail, offset = LogTail(path), 0
    with path.open("ab", buffering=0) as log:
        for piece in pieces:
            log.write(piece)
            restarted = LogTail(path, offset)
            assert restarted.read().lines == tail.read().lines
            assert restarted.offset == tail.offset
            offset = tail.offset


@given(
    updates=st.lists(st.binary(max_size=5).filter(lambda u: not {10, 13} & set(u)), min_size=1, max_size=9)
)
def test_of_a_line_written_over_and_over_the_last_update_is_given(
    tmp_path_factory: pytest.TempPathFactory, updates: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("tail") / "rank-0.log"
    path.write_bytes(b"\r".join(updates) + b"\n")
    written = [update.rstrip() for update in updates if update.strip()]
    expected = written[-1] if written else b""
    if len(updates) == 1:
        expected = updates[0]
    assert LogTail(path).read().lines == [expected]


def test_a_bar_that_never_ends_its_line_is_live(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    tail, seen = LogTail(path), []
    with path.open("ab", buffering=0) as log:
        for percent in range(0, 101, 10):
            log.write(b"\r%d%% a|\r%d%% b|" % (percent, percent))
            seen += tail.read().lines
    assert seen == [b"%d%% a|" % percent for percent in range(0, 101, 10)]
    assert tail.finish() == [b"100% b|"]
    assert tail.offset == path.stat().st_size
    assert tail.finish() == []


def test_a_carriage_return_before_a_line_feed_is_no_update(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    tail, seen = LogTail(path), []
    with path.open("ab", buffering=0) as log:
        for piece in (b"loss: 1\r", b"\r", b"\n", b"loss: 2\r\n", b"loss: 3", b"\r", b"\n"):
            log.write(piece)
            seen += tail.read().lines
    assert seen == [b"loss: 1", b"loss: 2", b"loss: 3"]


def test_updates_that_only_clear_the_line_do_not_hide_the_last_text(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    path.write_bytes(b"\r 10%|#\r 20%|##\r        \r\nnext\n\r  \r{'loss': 1}\n")
    assert LogTail(path).read().lines == [b" 20%|##", b"next", b"{'loss': 1}"]


@pytest.mark.parametrize("max_bytes", [1 << 20, 10_000, LINE_CAP + 1])
def test_a_huge_line_is_cut_and_what_follows_is_read(tmp_path: Path, max_bytes: int) -> None:
    path = tmp_path / "rank-0.log"
    path.write_bytes(b"before\n" + b"x" * 3_000_000 + b"\nafter\n" + b"y" * 200_000)
    tail = LogTail(path)
    assert read_all(tail, max_bytes) == [b"before", b"x" * LINE_CAP, b"after"]
    assert tail.offset == 3_000_014
    assert len(tail._held) == LINE_CAP
    with path.open("ab") as log:
        log.write(b"\rtail\nend\n")
    assert read_all(tail, max_bytes) == [b"tail", b"end"]
    assert tail.offset == path.stat().st_size


def test_a_log_that_does_not_exist_yet_has_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    tail = LogTail(path)
    assert tail.read().lines == []
    path.write_bytes(b"here\n")
    assert tail.read().lines == [b"here"]


def test_a_log_cut_short_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    path.write_bytes(b"one\ntwo\nthr")
    tail = LogTail(path)
    assert tail.read().lines == [b"one", b"two"]
    path.write_bytes(b"new\n")
    batch = tail.read()
    assert (batch.lines, batch.truncated_at, tail.offset) == ([b"new"], 8, 4)
    assert tail.read().truncated_at is None


def test_a_log_replaced_by_a_longer_one_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    path.write_bytes(b"one\n")
    tail = LogTail(path)
    tail.read()
    other = tmp_path / "other"
    other.write_bytes(b"first\nsecond\n")
    other.replace(path)
    batch = tail.read()
    assert (batch.lines, batch.truncated_at) == ([b"first", b"second"], 4)


def test_a_log_shorter_than_the_recorded_offset_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    path.write_bytes(b"one\n")
    batch = LogTail(path, 4000).read()
    assert (batch.lines, batch.truncated_at) == ([b"one"], 4000)


def test_an_update_after_a_huge_one_is_not_lost_in_it(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    tail = LogTail(path)
    with path.open("ab", buffering=0) as log:
        log.write(b"x" * 100_000 + b"\r")
        assert tail.read().lines == []
        log.write(b"10%\n")
        assert tail.read().lines == [b"10%"]
