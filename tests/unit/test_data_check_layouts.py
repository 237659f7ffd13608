"""Checking folders of CIFAR-100, SVHN, TensorFlow Datasets and plain images: what is there, what is damaged."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from console.catalog.data.checks.report import DataReport
from console.catalog.data.dataset_check import check_dataset
from console.catalog.data.folder_check import check_folder
from console.catalog.data.formats.example import bytes_feature, encode_example, int64_feature
from console.catalog.data.formats.python2_pickle import dump_python2
from console.catalog.data.formats.tfrecord import iter_frames, read_payload, write_records
from console.catalog.datasets import load_datasets
from tests.unit import layout_folders as made

WRITE: dict[str, Callable[[Path], object]] = {
    "cifar100-binary": lambda folder: made.write_cifar100(folder, "cifar100-binary"),
    "cifar100-python": lambda folder: made.write_cifar100(folder, "cifar100-python"),
    "svhn-mat": made.write_svhn,
    "tfds-tfrecord": made.write_flowers,
    "image-folder": made.write_photos,
}
CLASSES = {
    "cifar100-binary": 100,
    "cifar100-python": 100,
    "svhn-mat": 10,
    "tfds-tfrecord": 5,
    "image-folder": 5,
}
IMAGES = {
    "cifar100-binary": (200, 100),
    "cifar100-python": (200, 100),
    "svhn-mat": (30, 20),
    "tfds-tfrecord": (68, 12),
    "image-folder": (30, 10),
}
FILES = {
    "cifar100-binary": (1, 1),
    "cifar100-python": (1, 1),
    "svhn-mat": (1, 1),
    "tfds-tfrecord": (2, 0),
    "image-folder": (30, 10),
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASCEND_CONSOLE_HOME", str(tmp_path / "home"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def keys(report: DataReport) -> set[str]:
    return {problem.message.key.removeprefix("data.") for problem in report.problems}


def only(report: DataReport) -> tuple[str, Path, str]:
    """Key, path and words of the one problem of a report."""
    (problem,) = report.problems
    return problem.message.key.removeprefix("data."), problem.path, str(problem.message)


@pytest.mark.parametrize("layout", WRITE)
def test_a_sound_folder_is_counted_at_every_depth(data: Path, layout: str) -> None:
    WRITE[layout](data)
    for wanted in (layout, "auto"):
        for num_classes in (CLASSES[layout], None):
            for full in (False, True):
                report = check_folder(data, wanted, num_classes, full=full)
                assert (report.problems, report.layout) == ((), layout)
                assert (report.train_images, report.eval_images) == IMAGES[layout]
                assert (report.train_files, report.eval_files) == FILES[layout]


@pytest.mark.parametrize("layout", WRITE)
def test_another_layout_than_the_wanted_is_named(data: Path, layout: str) -> None:
    WRITE[layout](data)
    for wanted in {"slim-tfrecord", *WRITE} - {layout}:
        key, path, words = only(check_folder(data, wanted, 5))
        assert (key, path) == ("other_layout", data)
        assert layout in words
        assert wanted in words


def test_a_part_of_the_data_points_to_the_whole(data: Path) -> None:
    made.write_photos(data)
    key, _, words = only(check_folder(data / "train", "image-folder", 5))
    assert key == "outer_folder"
    assert f"in {data};" in words


# CIFAR-100


def test_the_fine_label_of_cifar100_is_the_class(data: Path) -> None:
    inner = made.write_cifar100(data, "cifar100-binary")
    content = bytearray((inner / "train.bin").read_bytes())
    content[5 * 3074] = 255  # coarse: 20 superclasses that nothing is trained on
    (inner / "train.bin").write_bytes(content)
    assert check_folder(data, "auto", 100, full=True).sound
    content[5 * 3074 + 1] = 100
    (inner / "train.bin").write_bytes(content)
    key, path, words = only(check_folder(data, "auto", 100, full=True))
    assert (key, path) == ("image_label_out_of_range", inner / "train.bin")
    assert "image 5 has the label 100" in words


def test_damaged_files_of_cifar100_are_named(data: Path) -> None:
    inner = made.write_cifar100(data, "cifar100-binary")
    (inner / "test.bin").write_bytes((inner / "test.bin").read_bytes()[:-10])
    assert only(check_folder(data, "auto", 100))[:2] == ("not_whole_records", inner / "test.bin")
    (inner / "test.bin").unlink()
    (inner / "fine_label_names.txt").unlink()
    report = check_folder(data, "auto", 100)
    assert keys(report) == {"batches_missing", "class_names_missing"}
    assert "test.bin" in str(report.problems[0].message)


def test_a_batch_of_cifar10_is_none_of_cifar100(data: Path) -> None:
    inner = made.write_cifar100(data, "cifar100-python")
    (inner / "test").write_bytes(dump_python2({b"labels": [1], b"data": [b"x"]}))
    key, path, words = only(check_folder(data, "auto", 100))
    assert (key, path) == ("batch_key_missing", inner / "test")
    assert "fine_labels" in words


# SVHN


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("full", [True, False])
def test_a_cut_off_file_of_svhn_is_named(data: Path, compress: bool, full: bool) -> None:
    made.write_svhn(data, compress=compress)
    path = data / "train_32x32.mat"
    assert check_folder(data, "svhn-mat", 10, full=full).sound
    path.write_bytes(path.read_bytes()[:-40])
    assert only(check_folder(data, "svhn-mat", 10, full=full))[:2] == ("mat_cut_off", path)


def test_a_flipped_byte_among_the_images_takes_a_full_check(data: Path) -> None:
    made.write_svhn(data)
    path = data / "train_32x32.mat"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert only(check_folder(data, "svhn-mat", 10, full=True))[:2] == ("mat_damaged", path)


@pytest.mark.parametrize("byte_order", [">", "<"])
def test_files_as_matlab_writes_them_are_read(data: Path, byte_order: str) -> None:
    data.mkdir()
    for name in ("train_32x32.mat", "test_32x32.mat"):
        (data / name).write_bytes(made.matlab_file(12, [*range(1, 11), 10, 1], byte_order))
    report = check_folder(data, "auto", 10, full=True)
    assert (report.problems, report.train_images, report.eval_images) == ((), 12, 12)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "file_empty"),
        (b"\x89HDF\r\n" + bytes(200), "mat_damaged"),
        (made.matlab_file(3, [1, 2]), "mat_shape"),
        (made.matlab_file(2, [1, 0]), "image_label_out_of_range"),
        (made.matlab_file(2, [1, 11]), "image_label_out_of_range"),
        (made.matlab_file(2, [1, 2])[:-5], "mat_cut_off"),
        (made.matlab_file(2, [1, 2])[:130], "mat_cut_off"),
        (made.matlab_file(2, [1, 2])[:128], "variable_missing"),
    ],
    ids=range(8),
)
def test_what_is_wrong_with_a_file_of_svhn(data: Path, content: bytes, found: str) -> None:
    made.write_svhn(data)
    (data / "test_32x32.mat").write_bytes(content)
    for full in (False, True):
        key, path, _ = only(check_folder(data, "svhn-mat", 10, full=full))
        assert (key, path) == (found, data / "test_32x32.mat")


def test_without_the_training_file_there_is_no_training(data: Path) -> None:
    made.write_svhn(data)
    (data / "test_32x32.mat").unlink()
    assert check_folder(data, "svhn-mat", 10).sound
    made.write_svhn(data)
    (data / "train_32x32.mat").unlink()
    report = check_folder(data, "svhn-mat", 10)
    assert (keys(report), report.sound) == ({"split_missing"}, False)


# TensorFlow Datasets


def records_of(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        frames = iter_frames(file.fileno(), path.stat().st_size)
        return [read_payload(file.fileno(), frame) for frame in frames]


@pytest.mark.parametrize(
    ("features", "found"),
    [
        ({"image": bytes_feature(b"no image"), "label": int64_feature(0)}, "image_undecodable"),
        (
            {"image": bytes_feature(made.encoded(made.pictures(1)[0])), "label": int64_feature(5)},
            "label_out_of_range",
        ),
        ({"image/encoded": bytes_feature(b"x"), "label": int64_feature(1)}, "key_missing"),
    ],
)
def test_a_wrong_record_of_a_prepared_data_set_is_named(
    data: Path, features: dict[str, bytes], found: str
) -> None:
    path = made.write_flowers(data) / "tf_flowers-train.tfrecord-00001-of-00002"
    records = records_of(path)
    records[17] = encode_example(features)
    write_records(path, records)
    assert check_folder(data, "auto", 5).sound
    assert only(check_folder(data, "auto", 5, full=True))[:2] == (found, path)


@pytest.mark.parametrize("full", [False, True])
def test_a_prepared_data_set_is_compared_with_what_it_says_of_itself(data: Path, full: bool) -> None:
    place = made.write_flowers(data)
    path = place / "tf_flowers-train.tfrecord-00000-of-00002"
    write_records(path, records_of(path)[:-3])
    key, where, words = only(check_folder(data, "auto", 5, full=full))
    assert (key, where) == ("other_records", path)
    assert "37 records" in words
    path.unlink()
    assert keys(check_folder(data, "auto", 5, full=full)) == {"shards_missing"}
    for other in place.glob("*.tfrecord-*"):
        other.unlink()
    assert keys(check_folder(data, "auto", 5, full=full)) == {"split_missing"}


def test_the_folder_of_a_data_set_and_of_its_version_will_do(data: Path) -> None:
    place = made.write_flowers(data)
    for folder in (data, place.parent, place):
        for num_classes in (5, None):
            report = check_folder(folder, "tfds-tfrecord", num_classes)
            assert (report.problems, report.train_images, report.eval_images) == ((), 68, 12)


def test_files_that_describe_a_prepared_data_set_are_missed(data: Path) -> None:
    place = made.write_flowers(data)
    (place / "features.json").unlink()
    (place / "label.labels.txt").unlink()
    (place / "dataset_info.json").write_text("{")
    report = check_folder(data, "auto", 5)
    assert keys(report) == {"features_missing", "class_names_missing", "info_unreadable"}
    assert (report.sound, report.train_images) == (True, 68)


def test_a_split_of_its_own_is_evaluated_on(data: Path) -> None:
    place = made.write_flowers(data)
    (place / "tf_flowers-train.tfrecord-00001-of-00002").rename(
        place / "tf_flowers-test.tfrecord-00000-of-00001"
    )
    (place / "tf_flowers-train.tfrecord-00000-of-00002").rename(
        place / "tf_flowers-train.tfrecord-00000-of-00001"
    )
    splits = [{"name": name, "shardLengths": ["40"]} for name in ("train", "test")]
    (place / "dataset_info.json").write_text(json.dumps({"splits": splits}))
    report = check_folder(data, "auto", 5)
    assert (report.problems, report.train_images, report.eval_images) == ((), 40, 40)


def test_the_newest_version_is_taken_and_of_several_data_sets_none(data: Path) -> None:
    made.write_flowers(data, version="3.0.1")
    broken = made.write_flowers(data, version="10.0.0")
    (broken / "tf_flowers-train.tfrecord-00001-of-00002").unlink()
    assert only(check_folder(data, "auto", 5))[1] == broken
    shutil.rmtree(broken)
    made.write_flowers(data, name="mnist")
    key, _, words = only(check_folder(data, "auto", None))
    assert key == "several_sets"
    assert f"{data}/mnist" in words
    report = check_dataset(load_datasets()["tf_flowers"], data / "tf_flowers")
    assert (report.train_images, keys(report)) == (68, {"other_count"})


# A folder per class


@pytest.mark.parametrize("evaluation", ["val", "validation", "test"])
def test_the_folder_to_evaluate_on_has_several_names(data: Path, evaluation: str) -> None:
    made.write_photos(data, evaluation=evaluation)
    report = check_folder(data, "image-folder", 5)
    assert (report.problems, report.eval_images) == ((), 10)


def test_damaged_images_are_named_one_by_one(data: Path) -> None:
    made.write_photos(data, train=16)
    first = data / "train" / "daisy" / "daisy_0.JPEG"
    first.write_bytes(first.read_bytes()[:200])
    assert only(check_folder(data, "auto", 5))[:2] == ("photo_undecodable", first)
    first.write_bytes(made.encoded(made.pictures(1)[0], "WEBP"))
    middle = data / "train" / "daisy" / "daisy_11.JPEG"
    middle.write_bytes(b"")
    assert check_folder(data, "auto", 5).sound
    assert only(check_folder(data, "auto", 5, full=True))[:2] == ("photo_undecodable", middle)
    for path in (data / "train" / "roses").iterdir():
        path.write_bytes(b"GIF89a")
    report = check_folder(data, "auto", 5, full=True)
    assert (len(report.problems), keys(report)) == (12, {"photo_undecodable", "more_damaged"})


def test_class_folders_must_be_filled_and_the_same_in_every_split(data: Path) -> None:
    made.write_photos(data)
    shutil.rmtree(data / "val" / "tulips")
    key, path, words = only(check_folder(data, "auto", None))
    assert (key, path) == ("classes_differ", data)
    assert "tulips" in words
    (data / "val" / "tulips").mkdir()
    (data / "val" / "tulips" / "notes.txt").write_text("to do")
    assert only(check_folder(data, "auto", 5))[:2] == ("class_folder_empty", data / "val" / "tulips")


def test_the_number_of_class_folders_is_that_of_the_classes(data: Path) -> None:
    made.write_photos(data)
    assert keys(check_folder(data, "auto", 4)) == {"too_many_classes"}
    few = check_folder(data, "auto", 6)
    assert (few.sound, keys(few)) == (True, {"few_classes"})


def test_images_that_are_not_sorted_into_classes(data: Path) -> None:
    made.write_photos(data)
    for path in sorted((data / "val").glob("*/*")):
        path.rename(data / "val" / path.name)
    for path in (data / "val").iterdir():
        if path.is_dir():
            path.rmdir()
    assert only(check_folder(data, "auto", 5))[:2] == ("no_class_folders", data / "val")
    flat = data.parent / "flat"
    flat.mkdir()
    (flat / "a.jpg").write_bytes(made.encoded(made.pictures(1)[0]))
    assert keys(check_folder(flat, "image-folder", 5)) == {"unsorted_images"}
    assert keys(check_folder(flat, "slim-tfrecord", 5)) == {"plain_images"}


def test_class_folders_seen_before_are_not_opened_again(data: Path) -> None:
    made.write_photos(data)
    assert check_folder(data, "auto", 5).train_images == 30
    daisies = data / "train" / "daisy"
    stamp = daisies.stat()
    shutil.copy(daisies / "daisy_0.JPEG", daisies / "another.jpg")
    assert check_folder(data, "auto", 5).train_images == 31
    (daisies / "another.jpg").unlink()
    os.utime(daisies, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert check_folder(data, "auto", 5).train_images == 30
