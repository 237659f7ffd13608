"""The operations that policies are made of, on one photo: pixel for pixel what Pillow gives, by Pillow itself or,
where that is faster, by NumPy.

A photo is uint8 RGB, as an image of Pillow's or as an array ``[h, w, 3]``; an operation takes both and gives what
it has. Amounts are in the unit that :mod:`engines.autoaugment.operations` names, which works on whole batches and
is the faster for small images.
"""

from __future__ import annotations

import math
from typing import Callable, Dict, Tuple, Union, cast

import numpy as np
from PIL import Image

from engines.autoaugment.operations import Colour

Photo = Union[Image.Image, np.ndarray]

LEVELS = np.arange(256)

AFFINE, NEAREST = Image.AFFINE, Image.NEAREST  # type: ignore[attr-defined]  # which Pillow does not declare


def as_image(photo: Photo) -> Image.Image:
    """``photo`` as an image of Pillow's."""
    return Image.fromarray(photo) if isinstance(photo, np.ndarray) else photo


def invert(photo: Photo) -> Photo:
    """255 - value."""
    inverted: np.ndarray = 255 - np.asarray(photo)
    return inverted


def solarize(photo: Photo, threshold: float) -> Photo:
    """Invert every value from ``threshold`` up."""
    limit = math.ceil(threshold)
    if limit > 255:
        return photo
    pixels = np.asarray(photo)
    solarized: np.ndarray = pixels ^ ((pixels >= limit).view(np.uint8) * np.uint8(255))
    return solarized


def posterize(photo: Photo, bits: float) -> Photo:
    """Keep the ``bits`` highest bits."""
    posterized: np.ndarray = np.asarray(photo) & np.uint8(256 - (1 << (8 - int(bits))))
    return posterized


def brightness(photo: Photo, factor: float) -> Photo:
    """Blend with black."""
    return _blend((0, 0, 0), photo, factor)


def contrast(photo: Photo, factor: float) -> Photo:
    """Blend with the mean of the photo in grey."""
    counts = np.array(as_image(photo).convert("L").histogram())
    mean = int(counts.dot(LEVELS) / counts.sum() + 0.5)
    return _blend((mean, mean, mean), photo, factor)


def colour(photo: Photo, factor: float) -> Photo:
    """Blend with the photo in grey."""
    image = as_image(photo)
    return Image.blend(image.convert("L").convert("RGB"), image, factor)


def sharpness(photo: Photo, factor: float) -> Photo:
    """Blend with the photo smoothed by a 3x3 kernel of ones with a 5 in the middle; the border stays."""
    pixels = np.asarray(photo)
    wide = pixels.astype(np.uint16)
    middle = wide[1:-1, 1:-1]
    rows = wide[:-2] + wide[1:-1]
    rows += wide[2:]
    sums = rows[:, :-2] + rows[:, 1:-1]
    sums += rows[:, 2:]
    sums += middle << 2
    smooth = sums.astype(np.float32)
    smooth /= 13.0
    smooth += 0.5
    np.floor(smooth, out=smooth)
    blended = middle.astype(np.float32)
    blended -= smooth
    blended *= np.float32(factor)
    blended += smooth
    sharpened: np.ndarray = pixels.copy()
    sharpened[1:-1, 1:-1] = np.clip(blended, 0.0, 255.0, out=blended)
    return sharpened


def auto_contrast(photo: Photo) -> Photo:
    """Stretch every channel so that its values reach from 0 to 255."""
    image = as_image(photo)
    tables = []
    for low, high in cast(Tuple[Tuple[int, int], ...], image.getextrema()):
        scale = 255.0 / max(high - low, 1)
        stretched = np.clip(LEVELS * scale - low * scale, 0.0, 255.0)
        tables.append(stretched.astype(np.uint8) if high > low else LEVELS)
    return image.point(np.concatenate(tables).tolist())


def equalize(photo: Photo) -> Photo:
    """Spread the values of every channel so that each grey level is about as frequent as any other."""
    image = as_image(photo)
    tables = []
    for counts in np.array(image.histogram()).reshape(3, 256):
        step = int(counts.sum() - counts[np.flatnonzero(counts)[-1]]) // 255
        below = counts.cumsum() - counts
        tables.append(np.minimum((below + step // 2) // step, 255) if step else LEVELS)
    return image.point(np.concatenate(tables).tolist())


def rotate(photo: Photo, degrees: float, fill: Colour) -> Photo:
    """Turn counter-clockwise about the centre."""
    return as_image(photo).rotate(degrees, fillcolor=fill)


def shear_x(photo: Photo, slope: float, fill: Colour) -> Photo:
    """Shift each row by ``slope`` times its number to the left."""
    return _move(photo, (1.0, slope, 0.0, 0.0, 1.0, 0.0), fill)


def shear_y(photo: Photo, slope: float, fill: Colour) -> Photo:
    """Shift each column by ``slope`` times its number upwards."""
    return _move(photo, (1.0, 0.0, 0.0, slope, 1.0, 0.0), fill)


def translate_x(photo: Photo, share: float, fill: Colour) -> Photo:
    """Shift to the left by ``share`` of the width, in whole pixels."""
    image = as_image(photo)
    return _move(image, (1.0, 0.0, int(share * image.size[0]), 0.0, 1.0, 0.0), fill)


def translate_y(photo: Photo, share: float, fill: Colour) -> Photo:
    """Shift upwards by ``share`` of the height, in whole pixels."""
    image = as_image(photo)
    return _move(image, (1.0, 0.0, 0.0, 0.0, 1.0, int(share * image.size[1])), fill)


PLAIN: Dict[str, Callable[[Photo], Photo]] = {
    "AutoContrast": auto_contrast,
    "Equalize": equalize,
    "Invert": invert,
}

GRADED: Dict[str, Callable[[Photo, float], Photo]] = {
    "Brightness": brightness,
    "Color": colour,
    "Contrast": contrast,
    "Posterize": posterize,
    "Sharpness": sharpness,
    "Solarize": solarize,
}

GEOMETRIC: Dict[str, Callable[[Photo, float, Colour], Photo]] = {
    "Rotate": rotate,
    "ShearX": shear_x,
    "ShearY": shear_y,
    "TranslateX": translate_x,
    "TranslateY": translate_y,
}


def change_photo(name: str, photo: Photo, amount: float, fill: Colour) -> Photo:
    """The operation ``name`` on ``photo``, with ``amount`` where it takes one."""
    if name in PLAIN:
        return PLAIN[name](photo)
    if name in GRADED:
        return GRADED[name](photo, amount)
    return GEOMETRIC[name](photo, amount, fill)


def _move(photo: Photo, matrix: Tuple[float, ...], fill: Colour) -> Image.Image:
    image = as_image(photo)
    return image.transform(image.size, AFFINE, matrix, NEAREST, fillcolor=fill)


def _blend(colour: Colour, photo: Photo, factor: float) -> Image.Image:
    image = as_image(photo)
    return Image.blend(Image.new("RGB", image.size, colour), image, factor)
