"""The built-in data set ``digits``: real handwriting that ships inside scikit-learn.

1,797 images from E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning
Repository, https://doi.org/10.24432/C50P49. The published 8x8 grey levels 0 … 16 count the inked pixels in
4x4 blocks of scans of 32x32, so 32x32 is the size the images are brought back to.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from console.catalog.data.formats.images import ImageSet, LabelledImage

CLASS_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SIZE = 32
VALIDATION_IMAGES = 360


def load_images() -> ImageSet:
    """All digits in a fixed random order, a fifth of each class held out for validation."""
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_digits

    source = load_digits()
    labels = [int(label) for label in source.target]
    levels = np.rint(source.images * (255 / 16)).astype(np.uint8)
    held_out = choose_validation(labels, VALIDATION_IMAGES)

    def image(number: int) -> LabelledImage:
        grey = Image.fromarray(levels[number]).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
        return LabelledImage(
            name=f"digit_{number:04d}",
            label=labels[number],
            pixels=np.repeat(np.asarray(grey)[:, :, np.newaxis], 3, axis=2),
        )

    order = sorted(range(len(labels)), key=_rank)
    return ImageSet(
        class_names=CLASS_NAMES,
        train=tuple(image(number) for number in order if number not in held_out),
        validation=tuple(image(number) for number in order if number in held_out),
    )


def choose_validation(labels: Sequence[int], count: int) -> frozenset[int]:
    """``count`` positions of ``labels``, from each class in proportion to its size (largest remainders)."""
    members: dict[int, list[int]] = defaultdict(list)
    for number in sorted(range(len(labels)), key=_rank):
        members[labels[number]].append(number)
    quotas = {label: divmod(len(members[label]) * count, len(labels)) for label in sorted(members)}
    left = count - sum(whole for whole, _ in quotas.values())
    rounded_up = sorted(quotas, key=lambda label: -quotas[label][1])[:left]
    return frozenset(
        number
        for label, (whole, _) in quotas.items()
        for number in members[label][: whole + (label in rounded_up)]
    )


def _rank(number: int) -> bytes:
    """A place in a random order that no version of any library changes."""
    return hashlib.sha256(f"digits {number}".encode()).digest()
