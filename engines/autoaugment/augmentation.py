"""From pixels to network input, in the paper's order: crop and flip, policy, normalisation, Cutout.

Whole batches of small images; for photos see :mod:`engines.autoaugment.photo_reader`.
"""

from __future__ import annotations

from typing import List, Optional

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from torch import Tensor

from engines.autoaugment.operations import Colour
from engines.autoaugment.policy import DRAWS as POLICY_DRAWS
from engines.autoaugment.policy import Policy, apply_policy, load_policy
from engines.autoaugment.recipe import AutoAugmentSettings

SHIFT_DRAWS, FLIP_DRAWS, CUTOUT_DRAWS = 2, 1, 2
DRAWS = SHIFT_DRAWS + FLIP_DRAWS + POLICY_DRAWS + CUTOUT_DRAWS
"""Numbers in [0, 1) that the augmentation of one image takes."""

PADDING = 8
"""Images are shifted by up to an eighth of their side: 4 pixels of 32."""


class Normalisation:
    """(value / 255 - mean) / std per channel, the same for training and evaluation."""

    def __init__(self, options: AutoAugmentSettings) -> None:
        mean, std = np.array(options.traits.mean), np.array(options.traits.std)
        self._scale, self._offset = _numbers(1.0 / (255.0 * std)), _numbers(-mean / std)
        self._channels_last = options.channels_last
        red, green, blue = (round(255.0 * value) for value in options.traits.mean)
        self.fill: Colour = (red, green, blue)
        """The colour that becomes about 0, for pixels that come from outside of an image."""

    def __call__(self, images: Tensor) -> Tensor:
        """uint8 ``[n, 3, h, w]`` -> float32, in the memory layout that the flags choose."""
        if not self._channels_last:
            scale, offset = self._scale.view(1, -1, 1, 1), self._offset.view(1, -1, 1, 1)
            return images.float().mul_(scale).add_(offset)
        width = images.shape[3]
        values = images.permute(0, 2, 3, 1).float().contiguous()
        rows = values.flatten(2)  # whole rows of pixels, as three numbers at a time are slow to go through
        rows.mul_(self._scale.repeat(width)).add_(self._offset.repeat(width))
        return values.permute(0, 3, 1, 2)

    def photo(self, pixels: np.ndarray, values: np.ndarray) -> None:
        """One image, uint8 ``[h, w, 3]``, into float32 ``values`` of the same shape."""
        width = pixels.shape[1]
        np.copyto(values, pixels)
        rows = torch.from_numpy(values).flatten(1)
        torch.addcmul(self._offset.repeat(width), rows, self._scale.repeat(width), out=rows)


class Augmentation:
    """Random changes of small training images."""

    def __init__(self, options: AutoAugmentSettings) -> None:
        self._normalise = Normalisation(options)
        self._shift = options.random_crop
        self._flip = options.random_flip
        self._policy: Optional[Policy] = load_policy(options.policy) if options.auto_augment else None
        self._cutout = options.cutout_size if options.cutout else 0

    def __call__(self, images: Tensor, draws: np.ndarray) -> Tensor:
        """Network input made of ``images`` (uint8 ``[n, 3, h, w]``) with ``draws`` ``[n, DRAWS]``."""
        shifts, flips, policy, cutouts = split_draws(draws)
        if self._shift:
            images = shifted(images, shifts)
        if self._flip:
            images = flipped(images, flips[:, 0])
        if self._policy is not None:
            images = apply_policy(self._policy, images.clone(), policy, self._normalise.fill)
        values = self._normalise(images)
        return cut_out(values, cutouts, self._cutout) if self._cutout else values


def split_draws(draws: np.ndarray) -> List[np.ndarray]:
    """``draws`` ``[n, DRAWS]`` as those for shift, flip, policy and Cutout."""
    return np.split(draws, np.cumsum([SHIFT_DRAWS, FLIP_DRAWS, POLICY_DRAWS]), axis=1)


def shifted(images: Tensor, draws: np.ndarray) -> Tensor:
    """Random windows of the original size out of ``images`` with a black border; ``draws`` is ``[n, 2]``."""
    side = images.shape[2]
    border = side // PADDING
    padded = np.pad(images.numpy(), ((0, 0), (0, 0), (border, border), (border, border)))
    windows = sliding_window_view(padded, images.shape[2:], axis=(2, 3))
    top, left = (draws * (2 * border + 1)).astype(np.int64).T
    return torch.from_numpy(windows[np.arange(len(padded)), :, top, left])


def flipped(images: Tensor, draws: np.ndarray) -> Tensor:
    """``images``, mirrored left to right where ``draws`` is below one half."""
    mirrored = torch.from_numpy(np.flatnonzero(draws < 0.5))
    return images.index_copy(0, mirrored, images[mirrored].flip(3))


def cut_out(values: Tensor, draws: np.ndarray, side: int) -> Tensor:
    """``values`` with a square of zeros in every image, its centre anywhere, cut off at the edges; in place.

    T. DeVries, G. W. Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout", 2017.
    """
    height, width = values.shape[2:]
    corners = (draws * (height, width)).astype(np.int64) - side // 2
    for image, (top, left) in zip(values.numpy(), corners.tolist()):
        image[:, max(0, top) : top + side, max(0, left) : left + side] = 0.0
    return values


def _numbers(values: np.ndarray) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)
