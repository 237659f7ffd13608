"""The table of data sets: what ships, what a user adds, and how mistakes in a user's file are told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from console.catalog.datasets import DatasetTable, load_datasets, read_datasets
from console.catalog.profile import LocalizedText

FLOWERS = """
flowers:
  title: {en: Flowers, zh: 花卉}
  layouts: [slim-tfrecord]
  num_classes: 5
  train_images: 3120
  folder: /data/flowers
"""


SHIPPED = {"digits", "imagenet", "cifar10", "cifar100", "svhn", "imagenet_folder", "tf_flowers"}


@pytest.fixture
def user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASCEND_CONSOLE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("ASCEND_CONSOLE_HOME", str(tmp_path / "home"))
    (tmp_path / "config").mkdir()
    return tmp_path / "config" / "datasets.yaml"


def found(table: DatasetTable) -> list[tuple[int, str, str]]:
    return [(one.line, one.key, one.message.key.partition(".")[2]) for one in table.problems]


def test_what_ships(user_file: Path) -> None:
    table = read_datasets()
    assert table.problems == ()
    digits, imagenet, cifar = (table.datasets[name] for name in ("digits", "imagenet", "cifar10"))
    assert (digits.builtin, digits.layout, digits.num_classes) == (True, "slim-tfrecord", 10)
    assert (digits.train_images, digits.eval_images) == (1437, 360)
    assert digits.folder == user_file.parents[1] / "home" / "data" / "digits"
    assert (imagenet.layout, imagenet.num_classes, imagenet.folder) == ("slim-tfrecord", 1000, None)
    assert (imagenet.train_images, imagenet.eval_images) == (1281167, 50000)
    assert (imagenet.train_files, imagenet.eval_files) == (1024, 128)
    assert set(cifar.layouts) == {"cifar10-python", "cifar10-binary"}
    assert (cifar.train_images, cifar.eval_images) == (50000, 10000)
    others = {
        name: (one.layouts, one.num_classes, one.train_images, one.eval_images)
        for name, one in table.datasets.items()
        if name not in ("digits", "imagenet", "cifar10")
    }
    assert others == {
        "cifar100": (("cifar100-python", "cifar100-binary"), 100, 50000, 10000),
        "svhn": (("svhn-mat",), 10, 73257, 26032),
        "imagenet_folder": (("image-folder",), 1000, 1281167, 50000),
        "tf_flowers": (("tfds-tfrecord",), 5, 3120, 550),
    }
    for dataset in table.datasets.values():
        assert dataset.title.english
        assert dataset.title.chinese


def test_a_user_adds_a_data_set(user_file: Path) -> None:
    user_file.write_text(FLOWERS, "utf-8")
    flowers = load_datasets()["flowers"]
    assert flowers.title == LocalizedText("Flowers", "花卉")
    assert (flowers.num_classes, flowers.train_images, flowers.eval_images) == (5, 3120, None)
    assert (flowers.folder, flowers.builtin) == (Path("/data/flowers"), False)


def test_a_user_says_where_a_shipped_data_set_is(user_file: Path) -> None:
    user_file.write_text("imagenet: {folder: ~/slimImagenet}\ndigits: {folder: /scratch/digits}\n")
    datasets = load_datasets()
    assert datasets["imagenet"].folder == Path("~/slimImagenet").expanduser()
    assert datasets["imagenet"].train_images == 1281167
    assert datasets["digits"].folder == Path("/scratch/digits")
    assert datasets["digits"].builtin


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("bad: {title: T, layouts: [slim-tfrecord]}", (7, "bad.num_classes", "missing_key")),
        ("bad:\n  title: T\n  layuots: []", (9, "bad.layuots", "unknown_key_near")),
        ("bad:\n  layouts: [tfrecords]", (8, "bad.layouts.0", "not_a_choice")),
        ("bad:\n  num_classes: many", (8, "bad.num_classes", "not_an_integer")),
        ("bad:\n  num_classes: 0", (8, "bad.num_classes", "below_minimum")),
        ("bad:\n  folder: data", (8, "bad.folder", "folder_not_absolute")),
        ("bad:\n  title: [a]", (8, "bad.title", "not_a_table")),
        ("bad:\n  builtin: true", (8, "bad.builtin", "fixed_key")),
        ("bad: 3", (7, "bad", "not_a_table")),
        ("digits:\n  num_classes: 12", (8, "digits.num_classes", "fixed_key")),
        ("imagenet:\n  num_classes: -3", (8, "imagenet.num_classes", "below_minimum")),
    ],
)
def test_a_bad_entry_is_told_and_hides_no_good_one(
    user_file: Path, entry: str, problem: tuple[int, str, str]
) -> None:
    user_file.write_text(FLOWERS.lstrip() + entry + "\n", "utf-8")
    table = read_datasets()
    assert problem in found(table)
    assert all(one.file == user_file for one in table.problems)
    assert set(table.datasets) == SHIPPED | {"flowers"}
    assert table.datasets["digits"].num_classes == 10
    assert table.datasets["imagenet"].num_classes == 1000


@pytest.mark.parametrize(
    "content", [b"a: [", b"- 1", b"\xff\xfe\x00", b"x: !!python/object:os.system {}", b""]
)
def test_a_file_that_is_no_table_is_told_and_hides_no_shipped_data_set(
    user_file: Path, content: bytes
) -> None:
    user_file.write_bytes(content)
    table = read_datasets()
    assert table.problems
    assert set(table.datasets) == SHIPPED


def test_reading_the_table_needs_no_large_package() -> None:
    script = (
        "import sys; from console.catalog.datasets import load_datasets; import console.catalog.data.folder_check;"
        "load_datasets(); print({'numpy', 'PIL', 'sklearn', 'tensorflow', 'textual'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
