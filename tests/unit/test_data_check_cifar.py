"""Checking folders in CIFAR-10's two layouts."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from console.catalog.data.builtin.writer import write_builtin
from console.catalog.data.checks.report import DataReport
from console.catalog.data.dataset_check import check_dataset
from console.catalog.data.folder_check import check_folder
from console.catalog.data.formats.python2_pickle import UnsafePickleError, dump_python2, load_python2
from console.catalog.datasets import load_datasets

LAYOUTS = ("cifar10-binary", "cifar10-python")
INNER = {"cifar10-binary": "cifar-10-batches-bin", "cifar10-python": "cifar-10-batches-py"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASCEND_CONSOLE_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cifar")
    for layout in LAYOUTS:
        write_builtin("digits", root / layout, layout)
    return root


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    shutil.copytree(pristine, tmp_path / "data")
    return tmp_path / "data"


def keys(report: DataReport) -> set[str]:
    return {problem.message.key.removeprefix("data.") for problem in report.problems}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("full", [False, True])
def test_the_digits_are_sound(folder: Path, layout: str, full: bool) -> None:
    for where in (folder / layout, folder / layout / INNER[layout]):
        for wanted in (layout, "auto"):
            report = check_folder(where, wanted, 10, full=full)
            assert (report.problems, report.layout) == ((), layout)
            assert (report.train_images, report.eval_images) == (1437, 360)
            assert (report.train_files, report.eval_files) == (5, 1)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_missing_batches_are_named(folder: Path, layout: str) -> None:
    inner = folder / layout / INNER[layout]
    for path in (*inner.glob("*_3*"), *inner.glob("batches.meta*")):
        path.unlink()
    report = check_folder(folder / layout, layout, 10)
    assert keys(report) == {"batches_missing", "class_names_missing"}
    assert "data_batch_3" in str(report.problems[0].message)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda content: content[:-1], "not_whole_records"),
        (lambda content: b"", "file_empty"),
        (lambda content: b"\x0a" + content[1:], "image_label_out_of_range"),
    ],
)
def test_a_damaged_binary_batch_is_named(
    folder: Path, damage: Callable[[bytes], bytes], found: str, full: bool
) -> None:
    batch = folder / "cifar10-binary" / INNER["cifar10-binary"] / "data_batch_1.bin"
    batch.write_bytes(damage(batch.read_bytes()))
    report = check_folder(folder / "cifar10-binary", "auto", 10, full=full)
    assert keys(report) == {found}
    assert report.problems[0].path == batch


def test_a_wrong_label_inside_a_binary_batch_takes_a_full_check(folder: Path) -> None:
    batch = folder / "cifar10-binary" / INNER["cifar10-binary"] / "data_batch_5.bin"
    content = bytearray(batch.read_bytes())
    content[5 * 3073] = 77
    batch.write_bytes(content)
    assert check_folder(folder / "cifar10-binary", "auto", 10).sound
    (problem,) = check_folder(folder / "cifar10-binary", "auto", 10, full=True).problems
    assert "77" in str(problem.message)
    assert "image 5" in str(problem.message)


class Payload:
    """Writes a file when it is unpickled, as a malicious batch could."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.write_text, (self.path, "owned"))


ROWS = np.zeros((2, 3072), np.uint8)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "file_empty"),
        (b"\x80\x02]q\x00(K", "no_pickle"),
        (b"not a pickle", "no_pickle"),
        (dump_python2([1, 2]), "no_pickle"),
        (dump_python2({b"data": ROWS}), "batch_key_missing"),
        (dump_python2({b"data": ROWS, b"labels": [1]}), "batch_shape"),
        (dump_python2({b"data": b"rows", b"labels": [1]}), "batch_shape"),
        (dump_python2({b"data": ROWS, b"labels": [1, 10]}), "image_label_out_of_range"),
        (dump_python2({b"data": ROWS, b"labels": [1, b"cat"]}), "image_label_out_of_range"),
    ],
)
def test_a_damaged_python_batch_is_named(folder: Path, content: bytes, found: str) -> None:
    batch = folder / "cifar10-python" / INNER["cifar10-python"] / "data_batch_2"
    batch.write_bytes(content)
    report = check_folder(folder / "cifar10-python", "auto", 10)
    assert keys(report) == {found}
    assert report.problems[0].path == batch


def test_no_code_of_a_pickle_is_run(folder: Path, tmp_path: Path) -> None:
    batch = folder / "cifar10-python" / INNER["cifar10-python"] / "data_batch_2"
    batch.write_bytes(pickle.dumps(Payload(tmp_path / "trace")))
    assert keys(check_folder(folder / "cifar10-python", "auto", 10)) == {"no_pickle"}
    assert not (tmp_path / "trace").exists()


def test_batches_that_todays_numpy_pickled_are_read(folder: Path) -> None:
    batch = {b"data": ROWS, b"labels": [1, 2]}
    for protocol in (2, pickle.HIGHEST_PROTOCOL):
        loaded = load_python2(pickle.dumps(batch, protocol))
        assert isinstance(loaded, dict)
        assert (loaded[b"data"] == ROWS).all()
    with pytest.raises(UnsafePickleError):
        load_python2(pickle.dumps(print))


def test_the_number_of_classes_is_taken_from_the_folder(folder: Path) -> None:
    for layout in LAYOUTS:
        assert check_folder(folder / layout, layout, None).sound
        names = next((folder / layout / INNER[layout]).glob("batches.meta*"))
        names.write_bytes(
            b"a\nb\n" if layout == "cifar10-binary" else dump_python2({b"label_names": [b"a", b"b"]})
        )
        assert keys(check_folder(folder / layout, layout, None)) == {"image_label_out_of_range"}


def test_a_data_set_may_have_either_layout(folder: Path) -> None:
    for layout in LAYOUTS:
        report = check_dataset(load_datasets()["cifar10"], folder / layout)
        assert (report.layout, keys(report)) == (layout, {"other_count"})


def test_a_folder_with_both_layouts_is_each_of_them(folder: Path) -> None:
    for path in (folder / "cifar10-binary").iterdir():
        if path.is_dir():
            shutil.copytree(path, folder / "cifar10-python" / path.name)
    for layout in LAYOUTS:
        assert check_folder(folder / "cifar10-python", layout, 10).layout == layout
