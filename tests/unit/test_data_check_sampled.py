"""Checks of folders too large to be read at every change of the launch form."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.catalog.data.checks.report import DataReport, Depth
from console.catalog.data.dataset_check import check_dataset
from console.catalog.data.folder_check import SMALL, check_folder
from console.catalog.data.formats.example import bytes_feature, encode_example, int64_feature
from console.catalog.data.formats.images import LabelledImage, encode_jpeg
from console.catalog.data.formats.tfrecord import CHECKSUM, LENGTH, OVERHEAD, encode_record, masked_crc32c
from console.catalog.data.layouts.shards import ShardName
from console.catalog.data.layouts.slim import ENCODED, LABEL
from console.catalog.datasets import load_datasets

SLIM = "slim-tfrecord"
SHARD_BYTES = 140_000_000
SHARDS = 4


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASCEND_CONSOLE_HOME", str(tmp_path / "home"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Shards of ImageNet's size: three good records, a hollow one that takes up the room, a good one."""
    import numpy as np

    image = encode_jpeg(LabelledImage("grey", 0, np.full((32, 32, 3), 128, np.uint8)))
    record = encode_record(encode_example({ENCODED: bytes_feature(image), LABEL: int64_feature(7)}))
    length = LENGTH.pack(SHARD_BYTES - 4 * len(record) - OVERHEAD)
    folder = tmp_path / "large"
    folder.mkdir()
    for split in ("train", "validation"):
        for number in range(SHARDS):
            with (folder / str(ShardName(split, number, SHARDS))).open("wb") as file:
                file.write(record * 3 + length + CHECKSUM.pack(masked_crc32c(length)))
                file.seek(SHARD_BYTES - len(record))
                file.write(record)
    assert 2 * SHARDS * SHARD_BYTES > SMALL
    return folder


def keys(report: DataReport) -> set[str]:
    return {problem.message.key.removeprefix("data.") for problem in report.problems}


def test_a_large_folder_is_sampled_and_not_counted(folder: Path) -> None:
    report = check_folder(folder, SLIM, 1000)
    assert (report.problems, report.depth) == ((), Depth.SAMPLED)
    assert (report.train_images, report.eval_images) == (None, None)
    assert (report.train_files, report.eval_files, report.records_read) == (SHARDS, SHARDS, 4 * SHARDS)


def test_a_count_is_exact_and_remembered(folder: Path) -> None:
    counted = check_folder(folder, SLIM, 1000, count=True)
    assert (counted.train_images, counted.eval_images) == (5 * SHARDS, 5 * SHARDS)
    for recheck in (False, True):
        report = check_folder(folder, SLIM, 1000, recheck=recheck)
        assert (report.depth, report.train_images) == (Depth.SAMPLED, 5 * SHARDS)


def test_a_count_is_forgotten_when_a_file_changes(folder: Path) -> None:
    check_folder(folder, SLIM, 1000, count=True)
    (folder / str(ShardName("train", 1, SHARDS))).touch()
    report = check_folder(folder, SLIM, 1000)
    assert (report.train_images, report.eval_images) == (None, 5 * SHARDS)


def test_a_shard_that_was_cut_off_is_found_without_counting(folder: Path) -> None:
    check_folder(folder, SLIM, 1000)
    shard = folder / str(ShardName("train", 2, SHARDS))
    with shard.open("r+b") as file:
        file.truncate(SHARD_BYTES - 10)
    report = check_folder(folder, SLIM, 1000)
    assert keys(report) == {"truncated"}
    assert report.problems[0].path == shard


def test_what_a_full_check_reads_is_what_a_sample_leaves_out(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    for path in folder.glob("*-0000[123]-*"):
        path.unlink()
    report = check_folder(
        folder, SLIM, 1000, full=True, progress=lambda done, total: told.append((done, total))
    )
    assert keys(report) == {"shards_missing", "payload_checksum"}
    assert (report.train_images, report.records_read) == (5, 10)
    assert told == [(SHARD_BYTES, 2 * SHARD_BYTES), (2 * SHARD_BYTES, 2 * SHARD_BYTES)]


def test_a_folder_of_other_numbers_than_the_data_sets_is_a_warning(folder: Path) -> None:
    imagenet = load_datasets()["imagenet"]
    by_files = check_dataset(imagenet, folder)
    assert by_files.sound
    assert keys(by_files) == {"other_files"}
    check_folder(folder, SLIM, 1000, count=True)
    by_images = check_dataset(imagenet, folder)
    assert keys(by_images) == {"other_count"}
    assert "1,281,167" in str(by_images.problems[0].message)
