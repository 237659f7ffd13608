"""A set of labelled images in either of two forms: small ones in memory, photos decoded when they are needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Sequence, Union

import numpy as np


@dataclass(frozen=True)
class PixelSet:
    """``pixels`` uint8 ``[n, 3, side, side]`` and ``labels`` int64 ``[n]`` from 0."""

    pixels: np.ndarray
    labels: np.ndarray

    @property
    def count(self) -> int:
        """Number of images."""
        return len(self.labels)


@dataclass(frozen=True)
class PhotoSet:
    """``encoded(record)`` gives the bytes of an image file and its label from 0, from any thread; ``source``
    says where a record comes from."""

    count: int
    encoded: "Callable[[int], tuple[bytes, int]]"
    source: Callable[[int], str]


@dataclass(frozen=True)
class SyntheticSet:
    """``count`` images that are one made-up batch over and over."""

    count: int


ImageSet = Union[PixelSet, PhotoSet, SyntheticSet]


def join(parts: "Sequence[PixelSet]") -> PixelSet:
    """The images of ``parts`` one after another."""
    return PixelSet(
        np.concatenate([part.pixels for part in parts]), np.concatenate([part.labels for part in parts])
    )
