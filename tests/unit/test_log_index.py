"""Lines of a log by number against the plain list of its lines."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.metrics.logs import index as log_index
from console.metrics.logs.index import BLOCK, LogIndex
from console.metrics.logs.text import DISPLAY_CAP, displayed


def settle(index: LogIndex, max_bytes: int = 1 << 25) -> None:
    """Refresh until nothing is left to be read."""
    while index.refresh(max_bytes):
        pass


def random_log(chance: random.Random, size: int) -> bytes:
    """Lines of all lengths, some empty, some far longer than a block."""
    parts: list[bytes] = []
    while size > 0:
        length = chance.choice([0, 1, 40, 200, 3000, chance.choice([5, BLOCK - 1, BLOCK, 3 * BLOCK])])
        parts.append(b"%d " % len(parts) + chance.choice([b"x", b"loss", b"\xff\xe9"]) * length)
        size -= len(parts[-1])
    return b"\n".join(parts) + chance.choice([b"", b"\n"])


def plain_lines(data: bytes) -> list[str]:
    """The text shown of every line."""
    lines = data.split(b"\n")
    return [displayed(line) for line in (lines if lines[-1] else lines[:-1])]


@given(seed=st.integers(0, 2**32), first=st.floats(0, 1), count=st.integers(0, 50))
def test_any_lines_of_a_growing_log(
    tmp_path_factory: pytest.TempPathFactory, seed: int, first: float, count: int
) -> None:
    chance = random.Random(seed)
    data = random_log(chance, chance.choice([0, 10, 300_000]))
    path = tmp_path_factory.mktemp("index") / "rank-0.log"
    index = LogIndex(path)
    settle(index)
    position = 0
    with path.open("ab", buffering=0) as log:
        while position < len(data):
            size = chance.choice([1, 1000, BLOCK, len(data)])
            log.write(data[position : position + size])
            position += size
            settle(index, chance.choice([BLOCK, 1 << 25]))
            expected = plain_lines(data[:position])
            assert index.line_count - index.first_line == len(expected)
            start = int(first * len(expected))
            assert index.lines(index.first_line + start, count) == expected[start : start + count]


def test_the_end_of_a_huge_log_is_there_at_once_and_numbers_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_index, "TAIL_BYTES", 2 * BLOCK)
    path = tmp_path / "rank-0.log"
    with path.open("wb") as log:
        for number in range(200_000):
            log.write(b"line %d of the log\n" % number)
    index = LogIndex(path)
    assert index.refresh(4 * BLOCK)
    assert not index.complete
    shown = index.lines(index.line_count - 100, 100)
    assert shown[-1] == "line 199999 of the log"
    first_shown = index.first_line
    assert index.lines(0, 10**6)[0] == index.lines(first_shown, 1)[0]
    found = index.find("line 199990 ", first_shown)
    assert found is not None
    with path.open("ab") as log:
        log.write(b"line 200000 of the log\n")
    settle(index, 4 * BLOCK)
    assert index.complete
    assert index.lines(found, 1) == ["line 199990 of the log"]
    assert index.lines(index.line_count - 101, 100) == shown
    assert index.line_count - index.first_line == 200_001
    for true_number in (0, 1, 77_777, 200_000):
        assert index.lines(index.first_line + true_number, 1) == [f"line {true_number} of the log"]


def test_a_log_read_at_once_is_numbered_from_nought(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    path.write_bytes(b"a\nb\n")
    index = LogIndex(path)
    assert not index.refresh()
    assert (index.first_line, index.line_count, index.complete) == (0, 2, True)


def test_a_line_that_is_still_written_counts_and_changes(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    index = LogIndex(path)
    with path.open("ab", buffering=0) as log:
        for piece, expected in (
            (b"a", ["a"]),
            (b"b\r", ["ab"]),
            (b"c", ["c"]),
            (b"\n", ["c"]),
            (b"d", ["c", "d"]),
        ):
            log.write(piece)
            settle(index)
            assert index.lines(0, 9) == expected
            assert index.line_count == len(expected)


@pytest.mark.parametrize("replace", [True, False])
def test_a_log_cut_short_or_replaced_goes_on_with_new_numbers(tmp_path: Path, replace: bool) -> None:
    path = tmp_path / "rank-0.log"
    path.write_bytes(b"a\nb\nc\n")
    index = LogIndex(path)
    settle(index)
    if replace:
        other = tmp_path / "other"
        other.write_bytes(b"new\nlonger\nlog\nthan before\n")
        other.replace(path)
    else:
        path.write_bytes(b"new\n")
    settle(index)
    assert index.first_line == 3
    assert index.lines(0, 2)[0] == "new"


@pytest.mark.parametrize("backwards", [False, True])
@given(seed=st.integers(0, 2**32), needle=st.sampled_from(["loss", "LOSSX", "7 ", "not there", "é", "12"]))
def test_find_finds_what_is_shown(
    tmp_path_factory: pytest.TempPathFactory, backwards: bool, seed: int, needle: str
) -> None:
    chance = random.Random(seed)
    words = ["loss", "LoSsX", "\x1b[31mlo\x1b[0mss", "é", "gone\rleft", "x" * 300, "", "17 ", "\xff"]
    lines = [" ".join(chance.choices(words, k=3)) for _ in range(chance.choice([1, 30, 2000]))]
    path = tmp_path_factory.mktemp("index") / "rank-0.log"
    path.write_text("\n".join(lines))
    index = LogIndex(path)
    settle(index)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_index, "SEARCH_BYTES", chance.choice([1000, 5000, 1 << 22]))
        start = chance.randrange(len(lines))
        order = range(start, -1, -1) if backwards else range(start, len(lines))
        shown = index.lines(0, len(lines))
        expected = next((n for n in order if n < len(shown) and needle.lower() in shown[n].lower()), None)
        assert index.find(needle, start, backwards) == expected


def test_a_search_stops_for_breath(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    path.write_bytes(b"nothing here\n" * 2_000_000 + b"needle\n")
    index = LogIndex(path)
    settle(index)
    assert list(index.search("Needle", 0)) == [None] * 6 + [2_000_000]
    assert list(index.search("haystack", index.line_count, backwards=True)) == [None] * 7


def test_lines_of_megabytes_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    with path.open("wb") as log:
        for number in range(30):
            log.write(b"%d" % number + b"x" * 1_000_000 + b"\n")
        log.write(b"\r1%" * 400_000 + b"\r100% done\n")
    index = LogIndex(path)
    settle(index)
    lines = index.lines(0, 40)
    assert len(lines) == 31
    assert [line[:3] for line in lines[:30]] == [f"{number}xxx"[:3] for number in range(30)]
    assert {line[-1] for line in lines[:30]} == {"…"}
    assert max(map(len, lines)) <= DISPLAY_CAP + 1
    assert lines[30] == "100% done"


def test_a_log_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "rank-0.log"
    index = LogIndex(path)
    assert not index.refresh()
    assert (index.line_count, index.lines(0, 5), index.find("x", 0)) == (0, [], None)
    path.write_bytes(b"a\n")
    index.refresh()
    path.unlink()
    assert not index.refresh()
    assert (index.lines(0, 5), index.find("a", 0)) == ([], None)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"\x1b[1;31mError\x1b[0m: \x1b]0;title\x07out", "Error: out"),
        (b"10%|#\r20%|##\r", "20%|##"),
        (b"\r100%\r        \r", "100%"),
        (b"a\x00b\x08c\td", "abc\td"),
        ("损失：0.5".encode(), "损失：0.5"),
        (b"caf\xe9 \xff", "caf\ufffd \ufffd"),
        (b"\x1b", ""),
        (b"", ""),
        (b"y" * (DISPLAY_CAP + 1), "y" * DISPLAY_CAP + "…"),
    ],
)
def test_what_a_line_shows(raw: bytes, shown: str) -> None:
    assert displayed(raw) == shown
