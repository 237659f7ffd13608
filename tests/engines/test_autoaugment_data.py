"""Data sets on disk in every form, and what is said of damaged ones."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from console.catalog.data.builtin.digits import load_images
from console.catalog.data.builtin.writer import write_builtin
from engines.autoaugment import recipe
from engines.autoaugment.data.encoded import CROP_DRAWS, central_window, decode, random_window
from engines.autoaugment.data.opening import open_images
from engines.autoaugment.data.sets import PhotoSet, PixelSet
from engines.autoaugment.recipe import AutoAugmentSettings, check_data
from engines.common.errors import UsageError
from engines.common.job import Checks, Job, prepare_job
from engines.common.stop_flag import StopFlag
from tests.engines.autoaugment_runs import read_images, write_cifar


def job(folder: Path, data: Path, *flags: str) -> Job:
    options = recipe.parse([f"--data_dir={data}", f"--run_dir={folder / 'run'}", "--backend=cpu", *flags])
    checks = Checks(check_data, lambda *_: None)
    return prepare_job("autoaugment", options, StopFlag(), checks)


def options(data: Path, *flags: str) -> AutoAugmentSettings:
    return recipe.parse([f"--data_dir={data}", *flags])


def test_cifar_in_its_binary_form(tmp_path: Path) -> None:
    data = write_cifar(tmp_path)
    images = open_images(job(tmp_path, data), "train")
    pixels, labels = read_images(data)
    assert isinstance(images, PixelSet)
    assert np.array_equal(images.pixels, pixels)
    assert np.array_equal(images.labels, labels)
    assert open_images(job(tmp_path, data / "cifar-10-batches-bin"), "validation").count == 13


@pytest.mark.parametrize("layout", ["slim-tfrecord", "cifar10-binary", "cifar10-python"])
def test_digits_as_the_console_writes_them(tmp_path: Path, layout: str) -> None:
    write_builtin("digits", tmp_path / "digits", layout)
    source = load_images()
    for part, wanted in (("train", source.train), ("validation", source.validation)):
        images = open_images(job(tmp_path, tmp_path / "digits", "--dataset=digits"), part)
        assert isinstance(images, PixelSet)
        assert images.labels.tolist() == [image.label for image in wanted]
        difference = images.pixels.astype(int) - np.stack([one.pixels for one in wanted]).transpose(
            0, 3, 1, 2
        )
        assert np.abs(difference).mean() < (3.0 if layout == "slim-tfrecord" else 1e-9)


@pytest.mark.parametrize("form", ["binary", "python"])
def test_cifar_100_takes_the_fine_labels(tmp_path: Path, form: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 3072)).astype(np.uint8)
    fine, coarse = np.arange(6) * 19, np.arange(6)
    for name in ("train", "test"):
        if form == "binary":
            records = np.concatenate([coarse[:, None], fine[:, None], pixels], axis=1).astype(np.uint8)
            (tmp_path / "cifar-100-binary").mkdir(exist_ok=True)
            records.tofile(tmp_path / "cifar-100-binary" / f"{name}.bin")
        else:
            content = {b"data": pixels, b"fine_labels": fine.tolist(), b"coarse_labels": coarse.tolist()}
            (tmp_path / "cifar-100-python").mkdir(exist_ok=True)
            (tmp_path / "cifar-100-python" / name).write_bytes(pickle.dumps(content, protocol=2))
    images = open_images(job(tmp_path, tmp_path, "--dataset=cifar100"), "train")
    assert images.labels.tolist() == fine.tolist()
    assert np.array_equal(images.pixels.reshape(6, -1), pixels)


def test_house_numbers_count_ten_as_zero(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3, 5)).astype(np.uint8)
    for name in ("train", "test"):
        savemat(tmp_path / f"{name}_32x32.mat", {"X": pixels, "y": np.array([[1], [9], [10], [2], [10]])})
    images = open_images(job(tmp_path, tmp_path, "--dataset=svhn"), "train")
    assert images.labels.tolist() == [1, 9, 0, 2, 0]
    assert np.array_equal(images.pixels[3], pixels[..., 3].transpose(2, 0, 1))


def test_photos_in_a_folder_per_class(tmp_path: Path) -> None:
    for part in ("train", "val"):
        for number, name in enumerate(("ape", "bee")):
            folder = tmp_path / part / name
            folder.mkdir(parents=True)
            Image.new("RGB", (300, 200), (100 * number, 50, 200)).save(folder / f"{name}.JPEG", quality=95)
            (folder / "notes.txt").write_text("no image")
    images = open_images(job(tmp_path, tmp_path, "--dataset=imagenet", "--num_classes=2"), "validation")
    assert isinstance(images, PhotoSet)
    assert images.count == 2
    for record in (0, 1):
        payload, label = images.encoded(record)
        assert label == record
        for draws in (None, np.full(CROP_DRAWS, 0.3, np.float32)):
            decoded = np.asarray(decode(payload, images.source(record), 64, draws))
            assert decoded.shape == (64, 64, 3)
            assert np.abs(decoded.mean((0, 1)) - (100 * record, 50, 200)).max() < 4


def test_the_middle_of_a_photo_is_its_largest_square_less_an_eighth() -> None:
    assert central_window(400, 200) == (112.5, 12.5, 287.5, 187.5)


def test_random_windows_stay_inside_and_within_their_limits() -> None:
    generator = np.random.default_rng(0)
    for _ in range(300):
        left, top, right, bottom = random_window(300, 200, generator.random(CROP_DRAWS))
        assert 0 <= left < right <= 300
        assert 0 <= top < bottom <= 200
        assert 0.07 <= (right - left) * (bottom - top) / 60_000 <= 1.0
        assert 0.7 <= (right - left) / (bottom - top) <= 1.4


def cut_short(data: Path) -> None:
    path = data / "cifar-10-batches-bin" / "data_batch_3.bin"
    path.write_bytes(path.read_bytes()[:-5])


def with_code(data: Path) -> None:
    """A pickle that would run a command."""
    folder = data / "cifar-10-batches-py"
    folder.mkdir()
    for name in [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]:
        (folder / name).write_bytes(b"cos\nsystem\n(S'touch ran'\ntR.")
    for path in (data / "cifar-10-batches-bin").iterdir():
        path.unlink()


@pytest.mark.parametrize(
    ("damage", "words"),
    [(cut_short, "data_batch_3.bin is damaged"), (with_code, "it names os.system")],
)
def test_a_damaged_file_is_named(tmp_path: Path, damage: Callable[[Path], None], words: str) -> None:
    data = write_cifar(tmp_path / "data")
    damage(data)
    with pytest.raises(UsageError, match=words):
        open_images(job(tmp_path, data), "train")


def test_labels_beyond_the_classes_are_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--num_classes is 5"):
        open_images(job(tmp_path, write_cifar(tmp_path), "--num_classes=5"), "train")


@pytest.mark.parametrize("dataset", sorted(recipe.DATASETS))
def test_a_folder_without_the_data_set_is_told_what_is_expected(tmp_path: Path, dataset: str) -> None:
    with pytest.raises(UsageError, match="holds no train images") as caught:
        check_data(options(tmp_path, f"--dataset={dataset}"))
    assert str(tmp_path) in str(caught.value)
