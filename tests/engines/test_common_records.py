"""TFRecord files by record: counted exactly, read at random, and damage told by file and place."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from console.catalog.data.formats.tfrecord import write_records
from tests.engines.checkpoint_values import run_script


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files of unequal numbers of records, one of them empty."""
    write_records(tmp_path / "train-00000-of-00003", [b"a", b"bb" * 300, b""])
    write_records(tmp_path / "train-00001-of-00003", [])
    write_records(tmp_path / "train-00002-of-00003", [b"dddd"])
    return tmp_path


def read(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run_script("record_facts.py", folder, "train"))
    return found


def test_every_record_is_counted_and_read(folder: Path) -> None:
    assert read(folder) == {"count": 4, "sizes": [1, 600, 0, 4]}


def test_a_kept_index_is_used_only_for_the_same_files(folder: Path) -> None:
    first = read(folder)
    kept = (folder / "index.npz").read_bytes()
    assert read(folder) == first
    assert (folder / "index.npz").read_bytes() == kept
    write_records(folder / "train-00001-of-00003", [b"ccc"])
    assert read(folder) == {"count": 5, "sizes": [1, 600, 0, 3, 4]}


def test_a_damaged_index_is_made_anew(folder: Path) -> None:
    (folder / "index.npz").write_bytes(b"PK no archive")
    assert read(folder)["count"] == 4


SECOND_RECORD = 17
"""Where it begins in the first file: length, checksum, one byte and checksum lie before it."""


def test_a_file_that_is_cut_short(folder: Path) -> None:
    path = folder / "train-00000-of-00003"
    path.write_bytes(path.read_bytes()[: SECOND_RECORD + 100])
    assert read(folder)["error"] == f"{path} is cut short or damaged at byte {SECOND_RECORD}."


def test_a_length_that_its_checksum_does_not_fit(folder: Path) -> None:
    path = folder / "train-00000-of-00003"
    content = bytearray(path.read_bytes())
    content[SECOND_RECORD + 8] ^= 1
    path.write_bytes(content)
    assert read(folder)["error"] == f"{path} is damaged at byte {SECOND_RECORD}."


def test_no_record_at_all(folder: Path) -> None:
    for path in folder.glob("train-*"):
        path.write_bytes(b"")
    assert "hold no records" in read(folder)["error"]


def test_a_folder_that_cannot_be_read(folder: Path) -> None:
    shutil.rmtree(folder)
    assert read(folder)["error"] == f"--data_dir {folder} is not a folder."
