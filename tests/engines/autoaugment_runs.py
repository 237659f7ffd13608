"""A small data set in CIFAR-10's binary layout, and flags of a small WideResNet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

TRAIN_IMAGES = 40
EVAL_IMAGES = 13

SMALL = [
    "--dataset=cifar10",
    "--depth=10",
    "--width=1",
    "--batch_size=10",
    "--batch_size_eval=4",
    "--epochs=1",
    "--lr=0.05",
    "--milestones=3",
    "--display_every=1",
    "--seed=3",
    "--threads=1",
]
"""Four steps an epoch on one rank."""


def write_cifar(folder: Path, train: int = TRAIN_IMAGES, test: int = EVAL_IMAGES) -> Path:
    """Noisy images whose colour tells their class, in five training batches and a test batch."""
    inner = folder / "cifar-10-batches-bin"
    inner.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(4)
    sizes = [train // 5] * 5 + [test]
    for number, size in enumerate(sizes):
        name = f"data_batch_{number + 1}.bin" if number < 5 else "test_batch.bin"
        labels = np.arange(size) % 10
        colours = 40 + 20 * labels[:, None, None] + np.array([0, 10, -10])[None, :, None]
        pixels = np.clip(colours + generator.normal(0, 30, (size, 3, 1024)), 0, 255)
        records = np.concatenate([labels[:, None], pixels.reshape(size, -1)], axis=1)
        records.astype(np.uint8).tofile(inner / name)
    return folder


def read_images(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """The training images uint8 ``[n, 3, 32, 32]`` and labels."""
    parts = [np.fromfile(path, np.uint8) for path in sorted(folder.glob("*/data_batch_*.bin"))]
    records = np.concatenate(parts).reshape(-1, 3073)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0].astype(np.int64)


def load(path: Path) -> dict:
    """A checkpoint."""
    return torch.load(path, weights_only=True)
