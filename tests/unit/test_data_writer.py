"""Writing a built-in data set: all or nothing, and never over anything of the user's."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from console.catalog.data.builtin.writer import is_written, write_builtin, write_error
from console.catalog.data.folder_check import check_folder
from console.errors import UserError

NOBODY = 65534


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASCEND_CONSOLE_HOME", str(tmp_path / "home"))


@contextmanager
def unprivileged() -> Iterator[None]:
    """Without the right of root to read and write everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def refusal(folder: Path, layout: str = "slim-tfrecord") -> str:
    with pytest.raises(UserError) as caught:
        write_builtin("digits", folder, layout)
    assert str(folder) in str(caught.value)
    return caught.value.message.key


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_missing_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    assert write_builtin(
        "digits", tmp_path / "a" / "b", progress=lambda done, total: told.append((done, total))
    )
    assert names(tmp_path / "a") == ["b"]
    assert told[-1] == (1797, 1797)
    assert told == sorted(told)
    report = check_folder(tmp_path / "a" / "b", "slim-tfrecord", 10, full=True)
    assert (report.problems, report.train_images, report.eval_images) == ((), 1437, 360)


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    write_builtin("digits", tmp_path / "d")
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "d").iterdir()}
    assert write_builtin("digits", tmp_path / "d") is False
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "d").iterdir()} == before


def test_an_empty_folder_is_kept_and_filled(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir(mode=0o750)
    before = folder.stat()
    assert write_builtin("digits", folder, "cifar10-python")
    assert (folder.stat().st_ino, folder.stat().st_mode) == (before.st_ino, before.st_mode)
    assert names(folder) == [".ascend-console-data.json", "cifar-10-batches-py"]


def test_a_link_to_an_empty_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert write_builtin("digits", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert is_written("digits", tmp_path / "real")


@pytest.mark.parametrize("damage", ["missing", "changed", "marker only"])
def test_own_damaged_output_is_written_anew(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "d"
    write_builtin("digits", folder)
    shard = folder / "train-00003-of-00008"
    if damage == "changed":
        shard.write_bytes(shard.read_bytes()[:-1] + b"\x00")
    else:
        shard.unlink()
    if damage == "marker only":
        for path in folder.glob("*-of-*"):
            path.unlink()
    assert not is_written("digits", folder)
    assert write_builtin("digits", folder)
    assert is_written("digits", folder)


def test_a_folder_with_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("precious")
    assert refusal(folder) == "data.folder_not_empty"
    assert names(folder) == ["thesis.txt"]


def test_own_damaged_output_with_something_of_the_users_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    write_builtin("digits", folder)
    (folder / "train-00003-of-00008").unlink()
    (folder / "notes.txt").write_text("precious")
    assert refusal(folder) == "data.folder_not_empty"
    assert (folder / "notes.txt").read_text() == "precious"
    assert not (folder / "train-00003-of-00008").exists()


def test_another_layout_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    write_builtin("digits", tmp_path / "d")
    assert refusal(tmp_path / "d", "cifar10-binary") == "data.holds_other"
    assert is_written("digits", tmp_path / "d")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert refusal(tmp_path / "file") == "data.not_a_folder"


def test_an_unknown_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        write_builtin("imagenet", tmp_path / "d")
    assert caught.value.message.key == "data.not_builtin"


def test_a_folder_that_may_not_be_written_is_refused() -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o555)
        with unprivileged():
            assert refusal(Path(name) / "d") == "data.not_writable"
            assert refusal(Path(name)) == "data.not_writable"
        assert names(Path(name)) == []


def test_nothing_is_left_of_a_writing_that_fails_half_way(tmp_path: Path) -> None:
    """A process that may write no file above 100 kB, as on a disk that fills up."""
    limit = (100_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    done = subprocess.run(
        [Path(sys.executable).with_name("ascend-console"), "data", "digits", tmp_path / "d"],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert str(tmp_path / "d") in done.stderr
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "key"),
    [
        (errno.ENOSPC, "data.disk_full"),
        (errno.EDQUOT, "data.disk_full"),
        (errno.EROFS, "data.not_writable"),
        (errno.EIO, "data.write_failed"),
    ],
)
def test_what_the_disk_says_is_put_into_words(number: int, key: str) -> None:
    error = write_error(OSError(number, os.strerror(number)), Path("/data/digits"))
    assert error.message.key == key
    assert "/data/digits" in str(error)


def test_two_consoles_may_write_at_once(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("ascend-console")), "data", "digits", str(tmp_path / "d")]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    assert [(writer.communicate(), writer.returncode)[1] for writer in writers] == [0, 0]
    assert is_written("digits", tmp_path / "d")
    assert names(tmp_path) == ["d"]
