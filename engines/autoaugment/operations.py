"""The operations that policies are made of, on batches: pixel for pixel what Pillow gives for each image alone.

Every operation takes images uint8 ``[n, 3, h, w]`` and returns new ones; an amount is float64 ``[n]``, one per
image, in the unit that its docstring names.
"""

from __future__ import annotations

import math
from typing import Tuple

import torch
from torch import Tensor

Colour = Tuple[int, int, int]

FIXED_POINT = 1 << 16
"""Pillow steps through the source of an affine transform in 16.16 fixed-point numbers."""

LUMA = (19595, 38470, 7471)
"""ITU-R 601-2 in 65536ths, with which Pillow turns RGB to grey."""


def invert(images: Tensor) -> Tensor:
    """255 - value."""
    return 255 - images


def solarize(images: Tensor, threshold: Tensor) -> Tensor:
    """Invert every value from ``threshold`` (0 … 256) up."""
    limit = torch.ceil(threshold).view(-1, 1, 1, 1)
    above = images >= limit.clamp(max=255).to(torch.uint8)
    return images ^ (above.to(torch.uint8) * (255 * (limit < 256)).to(torch.uint8))


def posterize(images: Tensor, bits: Tensor) -> Tensor:
    """Keep the ``bits`` highest bits."""
    mask = 256 - (2 ** (8 - bits.to(torch.int64)))
    return images & mask.to(torch.uint8).view(-1, 1, 1, 1)


def brightness(images: Tensor, factor: Tensor) -> Tensor:
    """Blend with black: 0 gives black, 1 the image."""
    scaled = images.float().mul_(_per_image(factor))
    return scaled.clamp_(0.0, 255.0).to(torch.uint8)


def colour(images: Tensor, factor: Tensor) -> Tensor:
    """Blend with the image in grey."""
    return _blend(_grey(images).unsqueeze(1), images, factor)


def contrast(images: Tensor, factor: Tensor) -> Tensor:
    """Blend with the mean of the image in grey."""
    mean = torch.floor(_grey(images).flatten(1).double().mean(1) + 0.5)
    return _blend(mean.view(-1, 1, 1, 1), images, factor)


def sharpness(images: Tensor, factor: Tensor) -> Tensor:
    """Blend with the image smoothed by a 3x3 kernel of ones with a 5 in the middle; the border stays."""
    wide = images.to(torch.int16)
    rows = wide[:, :, :-2] + wide[:, :, 1:-1] + wide[:, :, 2:]
    sums = rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:] + 4 * wide[:, :, 1:-1, 1:-1]
    smooth = images.float()
    smooth[:, :, 1:-1, 1:-1] = sums.float().div_(13.0).add_(0.5).floor_()
    return _blend(smooth, images, factor)


def auto_contrast(images: Tensor) -> Tensor:
    """Stretch every channel so that its values reach from 0 to 255."""
    flat = images.flatten(2)
    low, high = flat.amin(2, keepdim=True).double(), flat.amax(2, keepdim=True).double()
    levels = torch.arange(256, dtype=torch.float64)
    scale = levels[-1] / (high - low).clamp_(min=1.0)  # a Python number over a tensor is rounded twice
    table = (levels * scale - low * scale).clamp_(0.0, 255.0).to(torch.uint8)
    return _look_up(images, torch.where(high > low, table, levels.to(torch.uint8)))


def equalize(images: Tensor) -> Tensor:
    """Spread the values of every channel so that each grey level is about as frequent as any other."""
    planes = images.flatten(0, 1).flatten(1)
    rows = torch.arange(0, 256 * len(planes), 256).unsqueeze(1)
    counts = torch.bincount((planes + rows).flatten(), minlength=256 * len(planes)).view(-1, 256)
    last = counts.gather(1, planes.amax(1, keepdim=True).long())
    step = (planes.shape[1] - last) // 255
    below = counts.cumsum(1) - counts
    table = (below + step // 2).div_(step.clamp(min=1), rounding_mode="floor").clamp_(max=255)
    table = torch.where(step > 0, table, torch.arange(256)).to(torch.uint8)
    return _look_up(images, table.view(*images.shape[:2], 256))


def shear_x(images: Tensor, slope: Tensor, fill: Colour) -> Tensor:
    """Shift each row by ``slope`` times its number to the left."""
    return affine(images, _matrices(slope, shear_x=slope), fill)


def shear_y(images: Tensor, slope: Tensor, fill: Colour) -> Tensor:
    """Shift each column by ``slope`` times its number upwards."""
    return affine(images, _matrices(slope, shear_y=slope), fill)


def translate_x(images: Tensor, share: Tensor, fill: Colour) -> Tensor:
    """Shift to the left by ``share`` of the width, in whole pixels."""
    return affine(images, _matrices(share, shift_x=torch.trunc(share * images.shape[3])), fill)


def translate_y(images: Tensor, share: Tensor, fill: Colour) -> Tensor:
    """Shift upwards by ``share`` of the height, in whole pixels."""
    return affine(images, _matrices(share, shift_y=torch.trunc(share * images.shape[2])), fill)


def rotate(images: Tensor, degrees: Tensor, fill: Colour) -> Tensor:
    """Turn counter-clockwise about the centre."""
    angle = degrees * (-math.pi / 180.0)
    cos, sin = torch.cos(angle), torch.sin(angle)
    x, y = images.shape[3] / 2.0, images.shape[2] / 2.0
    shift_x = -cos * x - sin * y + x
    shift_y = sin * x - cos * y + y
    return affine(images, torch.stack([cos, sin, shift_x, -sin, cos, shift_y], dim=1), fill)


def affine(images: Tensor, matrices: Tensor, fill: Colour) -> Tensor:
    """At (x, y) the nearest pixel of the source at (a x + b y + c, d x + e y + f), ``fill`` outside of it.

    ``matrices`` is float64 ``[n, 6]``: a … f.
    """
    n, channels, height, width = images.shape
    centre = matrices[:, 0::3] * 0.5 + matrices[:, 1::3] * 0.5 + matrices[:, 2::3]
    steps = torch.floor(matrices * FIXED_POINT + 0.5).to(torch.int32)
    origin = torch.floor(centre * FIXED_POINT + 0.5).to(torch.int32)
    x = torch.arange(width, dtype=torch.int32).view(1, 1, width)
    y = torch.arange(height, dtype=torch.int32).view(1, height, 1)
    steps = steps.view(n, 6, 1, 1)
    source_x = (origin[:, 0].view(n, 1, 1) + x * steps[:, 0] + y * steps[:, 1]) >> 16
    source_y = (origin[:, 1].view(n, 1, 1) + x * steps[:, 3] + y * steps[:, 4]) >> 16
    outside = (source_x < 0) | (source_x >= width) | (source_y < 0) | (source_y >= height)
    index = (source_y * width + source_x).masked_fill_(outside, 0).long().view(n, 1, height * width)
    moved = images.flatten(2).gather(2, index.expand(n, channels, height * width)).view(images.shape)
    colours = torch.tensor(fill, dtype=torch.uint8).view(1, channels, 1, 1)
    return torch.where(outside.unsqueeze(1), colours, moved)


def _matrices(
    like: Tensor,
    shear_x: "Tensor | float" = 0.0,
    shift_x: "Tensor | float" = 0.0,
    shear_y: "Tensor | float" = 0.0,
    shift_y: "Tensor | float" = 0.0,
) -> Tensor:
    """Matrices without scaling, one for each of ``like``."""
    columns = (1.0, shear_x, shift_x, shear_y, 1.0, shift_y)
    return torch.stack([torch.zeros_like(like) + column for column in columns], dim=1)


def _blend(first: Tensor, images: Tensor, factor: Tensor) -> Tensor:
    """``first`` + factor * (images - first), cut off to 0 … 255 and rounded down."""
    first = first.float()
    mixed = (images - first).mul_(_per_image(factor)).add_(first)
    return mixed.clamp_(0.0, 255.0).to(torch.uint8)


def _grey(images: Tensor) -> Tensor:
    """Grey values, int32 ``[n, h, w]``."""
    red, green, blue = images.to(torch.int32).unbind(1)
    return (red * LUMA[0] + green * LUMA[1] + blue * LUMA[2] + 0x8000) >> 16


def _look_up(images: Tensor, table: Tensor) -> Tensor:
    """Replace each value by its entry in the channel's ``table``, uint8 ``[n, 3, 256]``."""
    return table.gather(2, images.flatten(2).long()).view(images.shape)


def _per_image(factor: Tensor) -> Tensor:
    return factor.float().view(-1, 1, 1, 1)
