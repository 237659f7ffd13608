"""The built-in data set: real digits, a fair split, and files that others can read."""

from __future__ import annotations

import pickle
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

from console.catalog.data.builtin.digits import CLASS_NAMES, choose_validation, load_images
from console.catalog.data.builtin.writer import write_builtin
from console.catalog.data.formats.images import ImageSet, LabelledImage


@pytest.fixture(scope="module")
def images() -> ImageSet:
    return load_images()


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("digits")
    folders = {layout: root / layout for layout in ("slim-tfrecord", "cifar10-binary", "cifar10-python")}
    for layout, folder in folders.items():
        assert write_builtin("digits", folder, layout)
    return folders


def number_of(image: LabelledImage) -> int:
    return int(image.name.removeprefix("digit_"))


def test_every_digit_is_in_one_of_the_two_parts(images: ImageSet) -> None:
    train, validation = ([number_of(image) for image in part] for part in (images.train, images.validation))
    assert (len(train), len(validation)) == (1437, 360)
    assert sorted(train + validation) == list(range(1797))
    labels = load_digits().target
    assert all(image.label == labels[number_of(image)] for image in (*images.train, *images.validation))


def test_the_parts_hold_the_classes_in_the_same_proportion(images: ImageSet) -> None:
    all_labels = Counter(image.label for image in (*images.train, *images.validation))
    validation = Counter(image.label for image in images.validation)
    assert all(abs(validation[label] - all_labels[label] * 360 / 1797) < 1 for label in range(10))


def test_the_split_is_the_same_everywhere_and_always() -> None:
    held_out = choose_validation([int(label) for label in load_digits().target], 360)
    assert sorted(held_out)[:8] == [10, 18, 33, 35, 36, 38, 50, 53]
    assert sum(held_out) == 318325


def test_no_run_of_one_class_stands_in_a_file(images: ImageSet) -> None:
    assert len({image.label for image in images.train[:40]}) >= 8


def test_enlarging_loses_nothing_that_tells_images_apart(images: ImageSet) -> None:
    originals = load_digits().images.reshape(1797, 64)
    for image in images.validation:
        reduced = image.pixels[:, :, 0].reshape(8, 4, 8, 4).mean((1, 3)).reshape(64) * (16 / 255)
        nearest = int(np.argmin(((originals - reduced) ** 2).sum(1)))
        assert (originals[nearest] == originals[number_of(image)]).all()


def test_tensorflow_reads_the_slim_files(images: ImageSet, folders: dict[str, Path]) -> None:
    import tensorflow as tf

    text = tf.io.FixedLenFeature([], tf.string)
    integer = tf.io.FixedLenFeature([], tf.int64)
    boxes = {
        f"image/object/bbox/{side}": tf.io.VarLenFeature(tf.float32)
        for side in ("xmin", "ymin", "xmax", "ymax")
    }
    keys = {
        **boxes,
        **{f"image/{name}": text for name in ("encoded", "format", "colorspace", "filename", "class/text")},
        **{f"image/{name}": integer for name in ("height", "width", "channels", "class/label")},
    }
    for split, members in (("train", images.train), ("validation", images.validation)):
        files = sorted(str(path) for path in folders["slim-tfrecord"].glob(f"{split}-*-of-00008"))
        assert len(files) == 8
        (records,) = tf.data.TFRecordDataset(files).batch(2000)
        parsed = tf.io.parse_example(records, keys)
        pixels = np.stack(
            [tf.io.decode_jpeg(one, dct_method="INTEGER_ACCURATE").numpy() for one in parsed["image/encoded"]]
        )
        assert np.abs(pixels.astype(int) - stacked(members)).max() <= 2
        assert parsed["image/class/label"].numpy().tolist() == [image.label + 1 for image in members]
        names = [CLASS_NAMES[image.label].encode() for image in members]
        assert parsed["image/class/text"].numpy().tolist() == names
        files_of_images = [f"{image.name}.JPEG".encode() for image in members]
        assert parsed["image/filename"].numpy().tolist() == files_of_images
        for key, value in (
            ("format", b"JPEG"),
            ("colorspace", b"RGB"),
            ("height", 32),
            ("width", 32),
            ("channels", 3),
        ):
            assert set(parsed[f"image/{key}"].numpy().tolist()) == {value}
        assert all(parsed[key].values.shape == (0,) for key in boxes)


def test_the_labels_file_names_the_classes(folders: dict[str, Path]) -> None:
    lines = (folders["slim-tfrecord"] / "labels.txt").read_text().splitlines()
    assert lines == [f"{label}:{name}" for label, name in enumerate(CLASS_NAMES, 1)]


def planes(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    images: NDArray[np.uint8] = rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return images


def stacked(members: tuple[LabelledImage, ...]) -> NDArray[np.uint8]:
    return np.stack([image.pixels for image in members])


def test_the_binary_batches_are_as_cifar_describes_them(images: ImageSet, folders: dict[str, Path]) -> None:
    folder = folders["cifar10-binary"] / "cifar-10-batches-bin"
    records = {
        path.name: np.fromfile(path, np.uint8).reshape(-1, 3073) for path in folder.glob("*_batch*.bin")
    }
    train = np.concatenate([records[f"data_batch_{number}.bin"] for number in range(1, 6)])
    for found, members in ((train, images.train), (records["test_batch.bin"], images.validation)):
        assert found[:, 0].tolist() == [image.label for image in members]
        assert (planes(found[:, 1:]) == stacked(members)).all()
    assert (folder / "batches.meta.txt").read_text().split() == list(CLASS_NAMES)


@pytest.mark.parametrize("encoding", ["bytes", "latin1"])
def test_the_python_batches_are_read_as_cifars_are(
    images: ImageSet, folders: dict[str, Path], encoding: str
) -> None:
    folder = folders["cifar10-python"] / "cifar-10-batches-py"

    def load(name: str) -> dict[object, object]:
        with (folder / name).open("rb") as file:
            loaded: dict[object, object] = pickle.load(file, encoding=encoding)
            return loaded

    def key(name: str) -> object:
        return name.encode() if encoding == "bytes" else name

    batches = [load(f"data_batch_{number}") for number in range(1, 6)]
    keys = {key(name) for name in ("data", "labels", "filenames", "batch_label")}
    assert all(set(batch) == keys for batch in (*batches, load("test_batch")))
    data = np.concatenate([batch[key("data")] for batch in batches])
    assert data.dtype == np.uint8
    assert (planes(data) == stacked(images.train)).all()
    assert load("test_batch")[key("labels")] == [image.label for image in images.validation]
    assert batches[1][key("batch_label")] == key("training batch 2 of 5")
    assert load("batches.meta")[key("label_names")] == [key(name) for name in CLASS_NAMES]


def test_a_second_writing_gives_the_same_bytes(folders: dict[str, Path], tmp_path: Path) -> None:
    for layout, folder in folders.items():
        write_builtin("digits", tmp_path / layout, layout)
        paths = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        again = sorted(
            path.relative_to(tmp_path / layout) for path in (tmp_path / layout).rglob("*") if path.is_file()
        )
        assert again == paths
        assert all((folder / path).read_bytes() == (tmp_path / layout / path).read_bytes() for path in paths)


def test_images_look_like_digits(images: ImageSet) -> None:
    """Ink is bright on a dark ground, in the middle of the square."""
    mean = stacked(images.train).mean(axis=(0, 3))
    assert mean[12:20, 12:20].mean() > 3 * mean[:, :2].mean()
    assert Image.fromarray(images.train[0].pixels).size == (32, 32)
