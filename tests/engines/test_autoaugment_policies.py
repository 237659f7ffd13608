"""Augmentation against Pillow, image by image, and the policies against the published tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps
from sklearn.datasets import load_sample_images

from engines.autoaugment import recipe
from engines.autoaugment.augmentation import DRAWS, Augmentation, Normalisation, cut_out, flipped, shifted
from engines.autoaugment.photo_operations import change_photo
from engines.autoaugment.policy import NAMES, amount, apply_operation, apply_policy, load_policy
from engines.common.data.sampling import uniform_draws

CONTENT = json.loads((Path(recipe.__file__).parent / "policies.json").read_text())
RANGES = CONTENT["magnitudes"]
FILL = (125, 123, 114)


@pytest.fixture(scope="module")
def photos() -> list[Image.Image]:
    """Parts of two photos at several scales, and two images of one colour."""
    generator = np.random.default_rng(0)
    found = [Image.new("RGB", (32, 32), (7, 7, 7)), Image.new("RGB", (32, 32))]
    for pixels in load_sample_images().images:
        photo = Image.fromarray(pixels)
        for _ in range(12):
            side = int(generator.integers(32, 300))
            left, top = (int(generator.integers(0, size - side)) for size in photo.size)
            found.append(photo.crop((left, top, left + side, top + side)).resize((32, 32)))
    return found


def by_pillow(name: str, image: Image.Image, value: float, fill: tuple[int, int, int] = FILL) -> Image.Image:
    def move(*matrix: float) -> Image.Image:
        return image.transform(
            image.size, Image.Transform.AFFINE, matrix, Image.Resampling.NEAREST, fillcolor=fill
        )

    if name in ("Brightness", "Color", "Contrast", "Sharpness"):
        return getattr(ImageEnhance, name)(image).enhance(value)
    return {
        "AutoContrast": lambda: ImageOps.autocontrast(image),
        "Equalize": lambda: ImageOps.equalize(image),
        "Invert": lambda: ImageOps.invert(image),
        "Posterize": lambda: ImageOps.posterize(image, int(value)),
        "Solarize": lambda: ImageOps.solarize(image, value),
        "Rotate": lambda: image.rotate(value, fillcolor=fill),
        "ShearX": lambda: move(1, value, 0, 0, 1, 0),
        "ShearY": lambda: move(1, 0, 0, value, 1, 0),
        "TranslateX": lambda: move(1, 0, int(value * image.size[0]), 0, 1, 0),
        "TranslateY": lambda: move(1, 0, 0, 0, 1, int(value * image.size[0])),
    }[name]()


def tensors(images: list[Image.Image]) -> torch.Tensor:
    return torch.from_numpy(np.stack([np.asarray(image) for image in images]).transpose(0, 3, 1, 2).copy())


@pytest.mark.parametrize("name", NAMES)
def test_each_operation_gives_the_pixels_that_pillow_gives(name: str, photos: list[Image.Image]) -> None:
    images = tensors(photos)
    for magnitude in range(10) if name in RANGES else [None]:
        for sign in (1, -1) if RANGES.get(name, {}).get("signed") else (1,):
            value = sign * amount(RANGES, name, magnitude)
            got = apply_operation(name, images, torch.full((len(photos),), value).double(), FILL)
            wanted = tensors([by_pillow(name, image, value) for image in photos])
            assert torch.equal(got, wanted), (name, magnitude, sign)
            for way in (lambda image: image, np.asarray):
                alone = [change_photo(name, way(image), value, FILL) for image in photos]
                assert torch.equal(tensors(alone), wanted), (name, magnitude, sign)


def test_every_image_of_a_batch_has_its_own_amount(photos: list[Image.Image]) -> None:
    images = tensors(photos)
    angles = torch.linspace(-30, 30, len(photos)).double()
    got = apply_operation("Rotate", images, angles, FILL)
    wanted = [image.rotate(float(angle), fillcolor=FILL) for image, angle in zip(photos, angles, strict=True)]
    assert torch.equal(got, tensors(wanted))


def test_policy_does_to_each_image_what_its_draws_say(photos: list[Image.Image]) -> None:
    """Against a plain loop over images, pairs and Pillow."""
    for name in ("cifar10", "imagenet", "svhn"):
        draws = uniform_draws(1, 2, np.arange(len(photos)), 5)
        got = apply_policy(load_policy(name), tensors(photos), draws, FILL)
        wanted = []
        for image, (choice, chance_1, chance_2, sign_1, sign_2) in zip(photos, draws.tolist(), strict=True):
            pair = CONTENT["policies"][name][int(choice * 25)]
            for (operation, probability, magnitude), chance, sign in zip(
                pair, (chance_1, chance_2), (sign_1, sign_2), strict=True
            ):
                if chance < probability:
                    value = amount(RANGES, operation, magnitude)
                    negative = RANGES.get(operation, {}).get("signed") and sign < 0.5
                    image = by_pillow(operation, image, -value if negative else value)
            wanted.append(image)
        assert torch.equal(got, tensors(wanted)), name


def test_tables_have_the_published_rows() -> None:
    policies = CONTENT["policies"]
    assert [len(policies[name]) for name in ("cifar10", "imagenet", "svhn")] == [25, 25, 25]
    assert policies["cifar10"][1] == [["Rotate", 0.7, 2], ["TranslateX", 0.3, 9]]
    assert policies["cifar10"][24] == [["TranslateY", 0.7, 9], ["AutoContrast", 0.9, None]]
    assert policies["imagenet"][0] == [["Posterize", 0.4, 8], ["Rotate", 0.6, 9]]
    assert policies["imagenet"][14] == [["Color", 0.6, 4], ["Contrast", 1.0, 8]]
    assert policies["svhn"][0] == [["ShearX", 0.9, 4], ["Invert", 0.2, None]]
    assert policies["svhn"][20] == [["Solarize", 0.7, 2], ["TranslateY", 0.6, 7]]
    totals = {
        name: round(sum(probability for pair in rows for _, probability, _ in pair), 2)
        for name, rows in policies.items()
    }
    levels = {
        name: sum(magnitude or 0 for pair in rows for *_, magnitude in pair)
        for name, rows in policies.items()
    }
    assert totals == TOTAL_PROBABILITIES
    assert levels == TOTAL_MAGNITUDES


TOTAL_PROBABILITIES = {"cifar10": 26.5, "imagenet": 31.0, "svhn": 32.9}
TOTAL_MAGNITUDES = {"cifar10": 187, "imagenet": 159, "svhn": 143}


@pytest.mark.parametrize(
    ("operation", "weakest", "strongest"),
    [
        ("ShearX", 0.0, 0.3),
        ("TranslateY", 0.0, 150 / 331),
        ("Rotate", 0.0, 30.0),
        ("Solarize", 256.0, 0.0),
        ("Posterize", 8.0, 4.0),
        ("Contrast", 0.1, 1.9),
    ],
)
def test_magnitudes_reach_over_the_ranges_of_the_paper(
    operation: str, weakest: float, strongest: float
) -> None:
    values = [amount(RANGES, operation, magnitude) for magnitude in range(10)]
    assert values[0] == pytest.approx(weakest)
    assert values[9] == pytest.approx(strongest)
    if operation != "Posterize":
        assert np.diff(values) == pytest.approx(np.full(9, (strongest - weakest) / 9))


def test_shift_crops_the_image_with_a_black_border(photos: list[Image.Image]) -> None:
    images = tensors(photos[2:5])
    draws = np.array([[0.0, 0.0], [0.5, 0.5], [0.999, 0.999]], np.float32)
    got = shifted(images, draws)
    assert torch.equal(got[0, :, 4:, 4:], images[0, :, :28, :28])
    assert int(got[0, :, :4].sum()) == 0
    assert torch.equal(got[1], images[1])
    assert torch.equal(got[2, :, :28, :28], images[2, :, 4:, 4:])


def test_flip_mirrors_about_half_of_the_images(photos: list[Image.Image]) -> None:
    images = tensors(photos[2:4])
    got = flipped(images, np.array([0.49, 0.5], np.float32))
    assert torch.equal(got[0], images[0].flip(2))
    assert torch.equal(got[1], images[1])


def test_cutout_is_cut_off_at_all_four_edges() -> None:
    draws = np.array([[0.0, 0.0], [0.999, 0.999], [0.5, 0.5]], np.float32)
    values = cut_out(torch.ones(3, 3, 32, 32), draws, 16)
    zeros = [int((image == 0).sum()) // 3 for image in values]
    assert zeros == [8 * 8, 9 * 9, 16 * 16]
    assert float(values[0, :, :8, :8].sum()) == 0
    assert float(values[1, :, 23:, 23:].sum()) == 0
    assert float(values[2, :, 8:24, 8:24].sum()) == 0


def test_an_image_is_changed_the_same_way_in_whatever_batch_it_comes(photos: list[Image.Image]) -> None:
    options = recipe.parse(["--auto_augment=True", "--cutout=True"])
    augment, images, records = Augmentation(options), tensors(photos), np.arange(len(photos))
    whole = augment(images, uniform_draws(1, 0, records, DRAWS))
    parts = [
        augment(images[part], uniform_draws(1, 0, records[part], DRAWS)) for part in np.split(records, 2)
    ]
    assert torch.equal(whole, torch.cat(parts))
    other_epoch = augment(images, uniform_draws(1, 1, records, DRAWS))
    assert not torch.equal(whole, other_epoch)


def test_training_and_evaluation_are_normalised_alike(photos: list[Image.Image]) -> None:
    for dataset in recipe.DATASETS:
        options = recipe.parse([f"--dataset={dataset}", "--random_crop=False", "--random_flip=False"])
        images = tensors(photos)
        plain = Augmentation(options)(images, uniform_draws(1, 0, np.arange(len(images)), DRAWS))
        assert torch.equal(plain, Normalisation(options)(images))
        traits = recipe.DATASETS[dataset]
        mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (traits.mean, traits.std))
        torch.testing.assert_close(plain, (images / 255 - mean) / std, rtol=1e-4, atol=1e-5)
