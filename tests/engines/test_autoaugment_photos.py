"""Photos from file to network input, against a plain loop with Pillow."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from sklearn.datasets import load_sample_images

from engines.autoaugment import recipe
from engines.autoaugment.augmentation import DRAWS
from engines.autoaugment.data.encoded import CROP_DRAWS, decode
from engines.autoaugment.data.sets import PhotoSet
from engines.autoaugment.photo_reader import PhotoReader
from engines.autoaugment.policy import NAMES, load_policy
from engines.common.data.sampling import uniform_draws
from tests.engines.test_autoaugment_policies import by_pillow

FLAGS = ["--dataset=imagenet", "--image_size=32", "--auto_augment=True", "--cutout=True", "--cutout_size=8"]
FILL = (124, 116, 104)
COUNT = 24


@pytest.fixture(scope="module")
def photos() -> PhotoSet:
    """Parts of two photos as JPEG files of several sizes, some in grey."""
    generator = np.random.default_rng(0)
    payloads = []
    for number in range(COUNT):
        photo = Image.fromarray(load_sample_images().images[number % 2])
        left, top = generator.integers(0, 200, 2).tolist()
        width, height = generator.integers(60, 227, 2).tolist()
        part = photo.crop((left, top, left + width, top + height))
        buffer = io.BytesIO()
        (part.convert("L") if number % 7 == 0 else part).save(buffer, "JPEG", quality=90)
        payloads.append(buffer.getvalue())
    return PhotoSet(COUNT, lambda record: (payloads[record], record % 10), str)


def by_hand(photos: PhotoSet, record: int, draws: np.ndarray) -> np.ndarray:
    """One photo's network input ``[3, 32, 32]``."""
    policy, (payload, _) = load_policy("imagenet"), photos.encoded(record)
    image = decode(payload, str(record), 32, draws[DRAWS:])
    _, _, flip, choice, chance_1, chance_2, sign_1, sign_2, y, x = draws[:DRAWS].tolist()
    if flip < 0.5:
        image = ImageOps.mirror(image)
    pair = int(choice * 25)
    for place, (chance, sign) in enumerate(((chance_1, sign_1), (chance_2, sign_2))):
        if chance < policy.probability[pair, place]:
            value = float(policy.amount[pair, place])
            negative = policy.signed[pair, place] and sign < 0.5
            name = NAMES[policy.operation[pair, place]]
            image = by_pillow(name, image, -value if negative else value, FILL)
    mean, std = np.array((0.485, 0.456, 0.406)), np.array((0.229, 0.224, 0.225))
    values = (np.asarray(image) / 255 - mean) / std
    top, left = int(y * 32) - 4, int(x * 32) - 4
    values[max(0, top) : top + 8, max(0, left) : left + 8] = 0
    return values.transpose(2, 0, 1)


def test_photos_become_what_a_plain_loop_makes_of_them(photos: PhotoSet) -> None:
    records = np.arange(COUNT)[::-1]
    draws = uniform_draws(3, 1, records, DRAWS + CROP_DRAWS)
    reader = PhotoReader(recipe.parse(FLAGS), photos, threads=2, augmented=True)
    images, labels = reader.read(records, draws)
    assert images.is_contiguous(memory_format=torch.channels_last)
    assert labels.tolist() == (records % 10).tolist()
    wanted = np.stack([by_hand(photos, int(record), one) for record, one in zip(records, draws, strict=True)])
    np.testing.assert_allclose(images.numpy(), wanted, rtol=1e-4, atol=1e-5)


def test_evaluation_shows_the_middle_as_it_is(photos: PhotoSet) -> None:
    options = recipe.parse([*FLAGS, "--channels_last=False"])
    reader = PhotoReader(options, photos, threads=1, augmented=False)
    images, _ = reader.read(np.array([3, 5]), np.empty((0, 0), np.float32))
    assert images.is_contiguous()
    middle = np.asarray(decode(photos.encoded(5)[0], "5", 32))
    wanted = (middle / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    np.testing.assert_allclose(images[1].numpy(), wanted.transpose(2, 0, 1), rtol=1e-4, atol=1e-5)
