"""Images to read: photos of the usual size as slim TFRecord files, and small ones in CIFAR-10's layout."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from console.catalog.data.formats.example import bytes_feature, encode_example, int64_feature
from console.catalog.data.formats.tfrecord import write_records

PHOTOS, FILES = 256, 4
PHOTO_SIZE = (500, 375)
SMALL_IMAGES, SIDE = 5120, 32


def write_photos(folder: Path) -> Path:
    """Smooth made-up photos, each a JPEG of about 40 kB, as ImageNet's are of about 110 kB."""
    folder.mkdir()
    generator = np.random.default_rng(0)
    examples = [_example(generator, number) for number in range(PHOTOS)]
    for number in range(FILES):
        write_records(folder / f"train-{number:05d}-of-{FILES:05d}", examples[number::FILES])
    return folder


def write_small(folder: Path) -> Path:
    """Made-up images in five training batches."""
    inner = folder / "cifar-10-batches-bin"
    inner.mkdir(parents=True)
    generator = np.random.default_rng(0)
    for number in range(5):
        coarse = generator.integers(0, 256, (SMALL_IMAGES // 5, 3, 8, 8)).astype(np.uint8)
        pixels = coarse.repeat(4, axis=2).repeat(4, axis=3).reshape(len(coarse), -1)
        labels = (np.arange(len(coarse)) % 10).astype(np.uint8)[:, None]
        np.concatenate([labels, pixels], axis=1).tofile(inner / f"data_batch_{number + 1}.bin")
    return folder


def _example(generator: np.random.Generator, number: int) -> bytes:
    coarse = generator.integers(0, 256, (36, 48, 3)).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(coarse).resize(PHOTO_SIZE, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=92)
    features = {
        "image/encoded": bytes_feature(buffer.getvalue()),
        "image/class/label": int64_feature(1 + number % 10),
    }
    return encode_example(features)
