"""Checking a slim TFRecord folder: every kind of damage is named, at the depths that can see it."""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from console.catalog.data.builtin.writer import write_builtin
from console.catalog.data.checks.report import DataReport, Depth, ProblemLevel
from console.catalog.data.folder_check import check_folder
from console.catalog.data.formats.example import (
    Values,
    bytes_feature,
    decode_example,
    encode_example,
    int64_feature,
)
from console.catalog.data.formats.tfrecord import iter_frames, read_payload, write_records

SLIM = "slim-tfrecord"
SHARD = "train-00002-of-00008"
LAST = "train-00007-of-00008"
RECORDS = 10
"""Records in each shard."""


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The digits, all but the first few of each file left out so that checks are quick."""
    folder = tmp_path_factory.mktemp("data") / "digits"
    write_builtin("digits", folder)
    for path in folder.glob("*-of-*"):
        write_records(path, payloads(path)[:RECORDS])
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASCEND_CONSOLE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    shutil.copytree(pristine, tmp_path / "digits")
    return tmp_path / "digits"


def keys(report: DataReport) -> set[str]:
    return {problem.message.key.removeprefix("data.") for problem in report.problems}


def payloads(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        frames = iter_frames(file.fileno(), path.stat().st_size)
        return [read_payload(file.fileno(), frame) for frame in frames]


def rewrite(path: Path, change: Callable[[list[bytes]], None]) -> None:
    records = payloads(path)
    change(records)
    write_records(path, records)


def with_features(payload: bytes, **changes: bytes | None) -> bytes:
    """An Example with the image and the label of ``payload``, each replaced or left out."""

    def feature(values: Values) -> bytes:
        value = values[0]
        return bytes_feature(value) if isinstance(value, bytes) else int64_feature(int(value))

    names = {"image": "image/encoded", "label": "image/class/label"}
    features = {key: feature(values) for key, values in decode_example(payload, names.values()).items()}
    for name, value in changes.items():
        if value is None:
            del features[names[name]]
        else:
            features[names[name]] = value
    return encode_example(features)


def change_record(path: Path, number: int, **changes: bytes | None) -> None:
    def change(records: list[bytes]) -> None:
        records[number] = with_features(records[number], **changes)

    rewrite(path, change)


def flip(path: Path, position: int) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 0xFF
    path.write_bytes(content)


def truncate(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


def offsets(path: Path) -> list[int]:
    with path.open("rb") as file:
        return [frame.offset for frame in iter_frames(file.fileno(), path.stat().st_size)]


def flip_inside(path: Path) -> None:
    flip(path, offsets(path)[RECORDS // 2] + 500)


@dataclass(frozen=True)
class Case:
    """A kind of damage, what a full check calls it, and whether a sampled one does too."""

    name: str
    damage: Callable[[Path], object]
    found: set[str]
    sampled: bool = True


def cut(size: int) -> Callable[[Path], object]:
    return lambda folder: truncate(folder / SHARD, size)


def flipped(name: str, position: int) -> Callable[[Path], object]:
    return lambda folder: flip(folder / name, position)


def copied_to(name: str) -> Callable[[Path], object]:
    return lambda folder: shutil.copy(folder / SHARD, folder / name)


def changed(number: int, **changes: bytes | None) -> Callable[[Path], object]:
    return lambda folder: change_record(folder / LAST, number, **changes)


def replaced_by(content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / SHARD).write_bytes(content)


def compress(folder: Path) -> None:
    (folder / SHARD).write_bytes(gzip.compress((folder / SHARD).read_bytes()))


def leave_a_dangling_link(folder: Path) -> None:
    (folder / SHARD).unlink()
    (folder / SHARD).symlink_to(folder / "gone")


def remove_training_files(folder: Path) -> None:
    for path in folder.glob("train-*"):
        path.unlink()


CASES = [
    Case("gap", lambda folder: (folder / SHARD).unlink(), {"shards_missing"}),
    Case("last shard missing", lambda folder: (folder / LAST).unlink(), {"shards_missing"}),
    Case(
        "no training files",
        remove_training_files,
        {"split_missing"},
    ),
    Case("another total", copied_to("train-00002-of-00016"), {"shard_sets_mixed"}),
    Case("beyond the total", copied_to("train-00009-of-00008"), {"shards_beyond_total"}),
    Case("no bytes", replaced_by(b""), {"file_empty"}),
    Case("one byte short", cut(-1), {"truncated"}),
    Case("half a header", cut(7), {"truncated", "odd_size"}),
    Case("text instead", replaced_by(b"<html>404</html>" * 1000), {"length_checksum"}),
    Case("gzip", compress, {"gzip"}),
    Case("first length", flipped(SHARD, 0), {"length_checksum"}),
    Case("first length's checksum", flipped(SHARD, 9), {"length_checksum"}),
    Case("payload inside", lambda folder: flip_inside(folder / SHARD), {"payload_checksum"}, sampled=False),
    Case("last payload", flipped(LAST, -5), {"payload_checksum"}),
    Case("last payload's checksum", flipped(LAST, -1), {"payload_checksum"}),
    Case(
        "no Example", lambda folder: rewrite(folder / LAST, lambda r: r.append(b"\xff" * 30)), {"no_example"}
    ),
    Case("no label", changed(-1, label=None), {"key_missing"}),
    Case("no image", changed(-1, image=None), {"key_missing"}),
    Case("label 0", changed(0, label=int64_feature(0)), {"label_out_of_range"}),
    Case("label -1", changed(0, label=int64_feature(-1)), {"label_out_of_range"}),
    Case("label 11", changed(-1, label=int64_feature(11)), {"label_out_of_range"}),
    Case("label 11 inside", changed(5, label=int64_feature(11)), {"label_out_of_range"}, sampled=False),
    Case("two labels", changed(0, label=int64_feature(1, 2)), {"not_one_integer"}),
    Case("label as text", changed(0, label=bytes_feature(b"3")), {"not_one_integer"}),
    Case("image as number", changed(0, image=int64_feature(3)), {"not_one_image"}),
    Case("no JPEG", changed(0, image=bytes_feature(b"GIF89a")), {"image_undecodable"}),
    Case("no bytes of image", changed(0, image=bytes_feature(b"")), {"image_undecodable"}),
    Case("dangling link", leave_a_dangling_link, {"file_unreadable"}),
]


def test_a_sound_folder_is_sound_at_every_depth(folder: Path) -> None:
    for count, full in ((False, False), (True, False), (False, True)):
        report = check_folder(folder, SLIM, 10, count=count, full=full)
        assert report.problems == ()
        assert (report.train_images, report.eval_images) == (8 * RECORDS, 8 * RECORDS)
        assert (report.train_files, report.eval_files) == (8, 8)
    assert (report.depth, report.records_read) == (Depth.FULL, 16 * RECORDS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_damage_is_named(folder: Path, case: Case) -> None:
    case.damage(folder)
    full = check_folder(folder, SLIM, 10, full=True)
    assert keys(full) == case.found
    assert not full.sound
    assert (keys(check_folder(folder, SLIM, 10)) == case.found) == case.sampled
    assert all("{" not in str(problem.message) for problem in full.problems)


def test_a_stray_file_is_a_warning(folder: Path) -> None:
    shutil.copy(folder / SHARD, folder / f"{SHARD}.part")
    report = check_folder(folder, SLIM, 10)
    assert keys(report) == {"stray_file"}
    assert report.sound


def test_a_missing_shard_is_called_by_its_name(folder: Path) -> None:
    (folder / SHARD).unlink()
    (problem,) = check_folder(folder, SLIM, 10).problems
    assert SHARD in str(problem.message)
    assert "1 of 8" in str(problem.message)


def test_damage_in_a_file_is_told_with_its_place_and_how_often(folder: Path) -> None:
    def spoil(records: list[bytes]) -> None:
        for number in (3, 5, 8):
            records[number] = with_features(records[number], label=int64_feature(0))

    rewrite(folder / SHARD, spoil)
    (problem,) = check_folder(folder, SLIM, 10, full=True).problems
    assert problem.path == folder / SHARD
    text = str(problem.message)
    assert all(
        part in text for part in (SHARD, f"byte {offsets(folder / SHARD)[3]:,}", "label 0", "1…10", "2 more")
    )


def test_no_count_is_given_of_a_file_that_breaks_off(folder: Path) -> None:
    truncate(folder / SHARD, -1)
    for report in (check_folder(folder, SLIM, 10), check_folder(folder, SLIM, 10, full=True)):
        assert (report.train_images, report.eval_images) == (None, 8 * RECORDS)


def test_without_validation_files_training_may_still_be_meant(folder: Path) -> None:
    for path in folder.glob("validation-*"):
        path.unlink()
    report = check_folder(folder, SLIM, 10)
    assert [problem.level for problem in report.problems] == [ProblemLevel.WARNING]
    assert (report.sound, report.eval_files, report.eval_images) == (True, 0, 0)


def test_the_number_of_classes_is_taken_from_the_folder(folder: Path) -> None:
    change_record(folder / LAST, -1, label=int64_feature(11))
    assert keys(check_folder(folder, SLIM, None)) == {"label_out_of_range"}
    (folder / "labels.txt").unlink()
    assert keys(check_folder(folder, SLIM, None)) == set()


def test_a_change_after_a_check_is_noticed(folder: Path) -> None:
    assert check_folder(folder, SLIM, 10).sound
    content = (folder / SHARD).read_bytes()
    stat = (folder / SHARD).stat()
    flip(folder / SHARD, 0)
    os.utime(folder / SHARD, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert keys(check_folder(folder, SLIM, 10)) == {"length_checksum"}
    (folder / SHARD).write_bytes(content)
    assert check_folder(folder, SLIM, 10).sound


def test_nothing_is_written_into_the_data_folder(folder: Path, home: Path) -> None:
    before = sorted(path.name for path in folder.iterdir())
    check_folder(folder, SLIM, 10)
    assert sorted(path.name for path in folder.iterdir()) == before
    (index,) = (home / "data-index").iterdir()
    index.write_text('{"damaged": ')
    assert check_folder(folder, SLIM, 10).train_images == 8 * RECORDS


def test_a_home_that_cannot_be_written_is_done_without(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ASCEND_CONSOLE_HOME", str(tmp_path / "file" / "home"))
    assert check_folder(folder, SLIM, 10).sound


class TestFolderThatIsNotOne:
    def test_missing(self, tmp_path: Path) -> None:
        assert keys(check_folder(tmp_path / "none", SLIM, 10)) == {"folder_missing"}

    def test_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        assert keys(check_folder(tmp_path / "file", SLIM, 10)) == {"not_a_folder"}

    def test_empty(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        assert keys(check_folder(tmp_path / "empty", "auto", 10)) == {"folder_empty"}

    def test_not_to_be_read(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            Path(name).chmod(0o300)
            with unprivileged():
                assert keys(check_folder(Path(name), SLIM, 10)) == {"folder_unreadable"}

    def test_a_file_in_it_not_to_be_read(self, pristine: Path) -> None:
        with tempfile.TemporaryDirectory() as name:
            Path(name).chmod(0o755)
            shutil.copytree(pristine, name, dirs_exist_ok=True)
            Path(name).chmod(0o755)
            (Path(name) / SHARD).chmod(0o000)
            with unprivileged():
                report = check_folder(Path(name), SLIM, 10)
        assert keys(report) == {"file_unreadable"}
        assert report.problems[0].path.name == SHARD

    def test_another_layout(self, tmp_path: Path) -> None:
        write_builtin("digits", tmp_path / "d", "cifar10-binary")
        (problem,) = check_folder(tmp_path / "d", SLIM, 10).problems
        assert problem.message.key == "data.other_layout"
        assert "cifar10-binary" in str(problem.message)

    def test_data_one_folder_further_in(self, folder: Path) -> None:
        (problem,) = check_folder(folder.parent, SLIM, 10).problems
        assert problem.message.key == "data.inner_folder"
        assert str(folder) in str(problem.message)

    def test_plain_images(self, tmp_path: Path) -> None:
        (tmp_path / "d" / "n01440764").mkdir(parents=True)
        (tmp_path / "d" / "n01440764" / "n01440764_10026.JPEG").write_bytes(b"")
        assert keys(check_folder(tmp_path / "d", SLIM, 10)) == {"plain_images"}

    def test_anything_else(self, tmp_path: Path) -> None:
        (tmp_path / "d").mkdir()
        (tmp_path / "d" / "notes.txt").write_text("")
        (problem,) = check_folder(tmp_path / "d", SLIM, 10).problems
        assert problem.message.key == "data.no_such_layout"
        assert "train-00000-of-01024" in str(problem.message)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Without the right of root to read everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)
