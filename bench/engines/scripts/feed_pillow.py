"""``feed_pillow.py POLICY FOLDER BATCH SIZE THREADS SECONDS``: images/s of AutoAugment as it is usually written.

Pillow works on image after image, in the worker processes of PyTorch's ``DataLoader``.
"""

from __future__ import annotations

import io
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageOps
from rate import print_rate

from engines.autoaugment.data.cifar import find_cifar, read_cifar
from engines.autoaugment.policy import NAMES, load_policy
from engines.common.data.examples import read_example
from engines.common.data.tfrecords import RecordReader, build_index
from engines.common.stop_flag import StopFlag

FILL = (125, 123, 114)


class Images(torch.utils.data.Dataset):
    """Random changes of small images, or of photos where the policy is ImageNet's."""

    def __init__(self, policy: str, folder: Path, size: int) -> None:
        self._size = size
        self._photos = policy == "imagenet"
        self._policy = load_policy(policy)
        if self._photos:
            reader = RecordReader(build_index(sorted(folder.glob("train-*")), StopFlag()))
            examples = [read_example(reader.read(number)) for number in range(reader.index.count)]
            self._encoded = [bytes(example["image/encoded"][0]) for example in examples]
        else:
            form, files = find_cifar(folder, 10, train=True) or sys.exit("no CIFAR-10 in " + str(folder))
            pixels = read_cifar(form, files).pixels.transpose(0, 2, 3, 1)
            self._pictures = [Image.fromarray(one) for one in pixels]

    def __len__(self) -> int:
        return 1 << 20

    def __getitem__(self, number: int) -> torch.Tensor:
        if self._photos:
            image = Image.open(io.BytesIO(self._encoded[number % len(self._encoded)])).convert("RGB")
            image = self._random_part(image)
        else:
            border = self._size // 8
            padded = ImageOps.expand(self._pictures[number % len(self._pictures)], border)
            left, top = random.randint(0, 2 * border), random.randint(0, 2 * border)
            image = padded.crop((left, top, left + self._size, top + self._size))
        if random.random() < 0.5:
            image = ImageOps.mirror(image)
        values = (np.asarray(self._augmented(image), np.float32) / 255 - 0.5) / 0.2
        y, x = (random.randrange(self._size) - 8 for _ in range(2))
        values[max(0, y) : y + 16, max(0, x) : x + 16] = 0
        return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))

    def _random_part(self, image: Image.Image) -> Image.Image:
        width, height = image.size
        while True:
            area, aspect = random.uniform(0.08, 1.0) * width * height, random.uniform(0.75, 1.333)
            w, h = round((area * aspect) ** 0.5), round((area / aspect) ** 0.5)
            if w <= width and h <= height:
                left, top = random.randint(0, width - w), random.randint(0, height - h)
                part = image.crop((left, top, left + w, top + h))
                return part.resize((self._size, self._size), Image.Resampling.BILINEAR)

    def _augmented(self, image: Image.Image) -> Image.Image:
        policy = self._policy
        pair = random.randrange(len(policy.operation))
        for place in (0, 1):
            if random.random() < policy.probability[pair, place]:
                negative = policy.signed[pair, place] and random.random() < 0.5
                value = float(policy.amount[pair, place]) * (-1.0 if negative else 1.0)
                image = operate(NAMES[policy.operation[pair, place]], image, value)
        return image


def operate(name: str, image: Image.Image, value: float) -> Any:
    """One operation by Pillow."""
    if name in ("Brightness", "Color", "Contrast", "Sharpness"):
        return getattr(ImageEnhance, name)(image).enhance(value)
    if name in ("AutoContrast", "Equalize", "Invert"):
        return getattr(ImageOps, name.lower())(image)
    if name == "Solarize":
        return ImageOps.solarize(image, int(value))
    if name == "Posterize":
        return ImageOps.posterize(image, int(value))
    if name == "Rotate":
        return image.rotate(value, fillcolor=FILL)
    matrix = {
        "ShearX": (1, value, 0, 0, 1, 0),
        "ShearY": (1, 0, 0, value, 1, 0),
        "TranslateX": (1, 0, int(value * image.size[0]), 0, 1, 0),
        "TranslateY": (1, 0, 0, 0, 1, int(value * image.size[1])),
    }[name]
    return image.transform(
        image.size, Image.Transform.AFFINE, matrix, Image.Resampling.NEAREST, fillcolor=FILL
    )


def main(policy: str, folder: str, batch: int, size: int, threads: int, seconds: int) -> None:
    """Print the rate."""
    images = Images(policy, Path(folder), size)
    batches = iter(torch.utils.data.DataLoader(images, batch, num_workers=threads))
    print_rate(batches, batch, seconds, 3 + 2 * threads)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
