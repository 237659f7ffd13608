"""AutoAugment's policy v0: each operation against Pillow on real photographs, the table against the published one."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps
from sklearn.datasets import load_sample_images

from tests.engines.checkpoint_values import run_script

FILL = (128, 128, 128)

AMOUNTS = {
    "AutoContrast": [0.0],
    "Color": [0.1, 0.64, 1.0, 1.72],
    "Equalize": [0.0],
    "Invert": [0.0],
    "Posterize": [0, 2, 4, 8],
    "Rotate": [-24, 0, 6, 27],
    "ShearX": [-0.27, 0.0, 0.12],
    "ShearY": [-0.12, 0.21],
    "Solarize": [0, 51, 256],
    "SolarizeAdd": [0, 33, 110],
    "TranslateY": [-225, -25, 0, 50],
}

PUBLISHED = """
    Equalize .8 1 ShearY .8 4; Color .4 9 Equalize .6 3; Color .4 1 Rotate .6 8; Solarize .8 3 Equalize .4 7;
    Solarize .4 2 Solarize .6 2; Color .2 0 Equalize .8 8; Equalize .4 8 SolarizeAdd .8 3; ShearX .2 9 Rotate .6 8;
    Color .6 1 Equalize 1.0 2; Invert .4 9 Rotate .6 0; Equalize 1.0 9 ShearY .6 3; Color .4 7 Equalize .6 0;
    Posterize .4 6 AutoContrast .4 7; Solarize .6 8 Color .6 9; Solarize .2 4 Rotate .8 9;
    Rotate 1.0 7 TranslateY .8 9; ShearX .0 0 Solarize .8 4; ShearY .8 0 Color .6 4; Color 1.0 0 Rotate .6 2;
    Equalize .8 4 Equalize .0 8; Equalize 1.0 4 AutoContrast .6 2; ShearY .4 7 SolarizeAdd .6 7;
    Posterize .8 2 Solarize .6 10; Solarize .6 8 Equalize .6 1; Color .8 6 Rotate .4 5
"""

LEVELS: dict[str, Callable[[int], float]] = {
    "Color": lambda level: 0.1 + 0.18 * level,
    "Posterize": lambda level: int(0.4 * level),
    "Rotate": lambda level: 3.0 * level,
    "ShearX": lambda level: 0.03 * level,
    "ShearY": lambda level: 0.03 * level,
    "Solarize": lambda level: int(25.6 * level),
    "SolarizeAdd": lambda level: int(11.0 * level),
    "TranslateY": lambda level: 25.0 * level,
}

SIGNED = ("Rotate", "ShearX", "ShearY", "TranslateY")


def solarize_add(image: Image.Image, addition: float) -> Image.Image:
    return image.point(
        [min(value + int(addition), 255) if value < 128 else value for value in range(256)] * 3
    )


def affine(image: Image.Image, *matrix: float) -> Image.Image:
    return image.transform(image.size, Image.Transform.AFFINE, matrix, fillcolor=FILL)


PILLOW: Mapping[str, Callable[[Image.Image, float], Image.Image]] = {
    "AutoContrast": lambda image, _: ImageOps.autocontrast(image),
    "Color": lambda image, factor: ImageEnhance.Color(image).enhance(factor),
    "Equalize": lambda image, _: ImageOps.equalize(image),
    "Invert": lambda image, _: ImageOps.invert(image),
    "Posterize": lambda image, bits: ImageOps.posterize(image, int(bits)) if bits else image.point([0] * 768),
    "Rotate": lambda image, degrees: image.rotate(degrees, fillcolor=FILL),
    "ShearX": lambda image, slope: affine(image, 1, slope, 0, 0, 1, 0),
    "ShearY": lambda image, slope: affine(image, 1, 0, 0, slope, 1, 0),
    "Solarize": lambda image, threshold: ImageOps.solarize(image, int(threshold)),
    "SolarizeAdd": solarize_add,
    "TranslateY": lambda image, pixels: affine(image, 1, 0, 0, 0, 1, pixels),
}


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Parts of two photographs, a dark one, one of a single colour, and one of two values."""
    photographs = [photograph[100:196, 200:280] for photograph in load_sample_images().images]
    two = np.where(np.arange(96)[:, None, None] < 40, np.uint8(70), np.full((96, 80, 3), 200, np.uint8))
    flat = np.full((96, 80, 3), 90, np.uint8)
    images = [np.asarray(one) for one in photographs]
    return np.stack([*images, images[0] // 5 + 20, flat, two])


@pytest.fixture(scope="module")
def draws() -> np.ndarray:
    return np.random.default_rng(3).random((200, 5), np.float32)


@pytest.fixture(scope="module")
def results(
    images: np.ndarray, draws: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, np.ndarray]:
    folder = tmp_path_factory.mktemp("policies")
    alone, many = folder / "alone.npz", folder / "many.npz"
    np.savez(alone, images=images, draws=draws[: len(images)], **AMOUNTS)
    repeated = images[np.arange(len(draws)) % 2]
    np.savez(many, images=repeated, draws=draws, **{name: [] for name in AMOUNTS})
    for source in (alone, many):
        run_script("policy_facts.py", source, f"{source}.results.npz")
    found = dict(np.load(f"{alone}.results.npz"))
    applied = np.load(f"{many}.results.npz")
    return {**found, "policy-0": applied["policy-0"], "policy-1": applied["policy-1"], "before": repeated}


@pytest.mark.parametrize("name", sorted(AMOUNTS))
def test_an_operation_gives_what_pillow_gives(
    name: str, images: np.ndarray, results: dict[str, np.ndarray]
) -> None:
    for amount, changed in zip(AMOUNTS[name], results[name], strict=True):
        for image, found in zip(images, changed, strict=True):
            wanted = np.asarray(PILLOW[name](Image.fromarray(image), amount))
            np.testing.assert_array_equal(found, wanted, err_msg=f"{name} {amount}")


def published() -> list[list[tuple[str, float, float, bool]]]:
    """The pairs as (operation, probability, amount, whether its sign is random)."""
    pairs = []
    for row in PUBLISHED.split(";"):
        words = row.split()
        places = [(words[n], float(words[n + 1]), int(words[n + 2])) for n in (0, 3)]
        pairs.append(
            [
                (name, chance, LEVELS.get(name, lambda _: 0.0)(level), name in SIGNED)
                for name, chance, level in places
            ]
        )
    return pairs


def test_the_table_is_the_published_one(results: dict[str, np.ndarray]) -> None:
    table: list[list[list[Any]]] = json.loads(str(results["table"]))
    assert len(table) == len(published()) == 25
    for pair, wanted in zip(table, published(), strict=True):
        for (name, chance, amount, signed), one in zip(pair, wanted, strict=True):
            assert (name, bool(signed)) == (one[0], one[3])
            assert (chance, amount) == pytest.approx(one[1:3], rel=1e-6)


def test_the_policy_is_the_operations_that_the_draws_choose(
    draws: np.ndarray, results: dict[str, np.ndarray]
) -> None:
    pairs = published()
    seen = set()
    for image, numbers, found in zip(results["before"], draws, results["policy-0"], strict=True):
        changed = Image.fromarray(image)
        number = math.floor(float(numbers[0]) * len(pairs))
        for place, (name, chance, amount, signed) in enumerate(pairs[number]):
            if numbers[1 + place] < np.float32(chance):
                flipped = signed and numbers[3 + place] < 0.5
                changed = PILLOW[name](changed, -amount if flipped else amount)
                seen.add((number, place))
        np.testing.assert_array_equal(found, np.asarray(changed), err_msg=str(pairs[number]))
    assert len({number for number, _ in seen}) == 25, "every pair is used"


def test_the_same_draws_give_the_same_images_whatever_the_threads_do(results: dict[str, np.ndarray]) -> None:
    np.testing.assert_array_equal(results["policy-0"], results["policy-1"])
    assert (results["policy-0"] != results["before"]).any(axis=(1, 2, 3)).mean() > 0.5
