"""The operations that policies are made of: pixel for pixel what Pillow gives.

Each takes an image uint8 ``[height, width, 3]`` of static shape and returns a new one; an amount is a float32
scalar in the unit that the docstring names.
"""

from __future__ import annotations

import math

from engines.ops.framework import Tensor, tf

FIXED_POINT = 1 << 16
"""Pillow steps through the source of an affine transform in 16.16 fixed-point numbers."""

LUMA = (19595, 38470, 7471)
"""ITU-R 601-2 in 65536ths, with which Pillow turns RGB to grey."""

DARK = 128
"""Values below it are brightened by :func:`solarize_add`."""


def invert(image: Tensor) -> Tensor:
    """255 - value."""
    return 255 - image


def solarize(image: Tensor, threshold: Tensor) -> Tensor:
    """Invert every value from ``threshold`` (0 … 256, whole) up."""
    return tf.where(tf.cast(image, tf.int32) < tf.cast(threshold, tf.int32), image, 255 - image)


def solarize_add(image: Tensor, addition: Tensor) -> Tensor:
    """Add ``addition`` (whole) to every value below 128."""
    wide = tf.cast(image, tf.int32)
    added = tf.clip_by_value(wide + tf.cast(addition, tf.int32), 0, 255)
    return tf.where(wide < DARK, tf.cast(added, tf.uint8), image)


def posterize(image: Tensor, bits: Tensor) -> Tensor:
    """Keep the ``bits`` (0 … 8, whole) highest bits."""
    mask = 256 - tf.bitwise.left_shift(1, 8 - tf.cast(bits, tf.int32))
    return tf.bitwise.bitwise_and(image, tf.cast(mask, tf.uint8))


def colour(image: Tensor, factor: Tensor) -> Tensor:
    """Blend with the image in grey: 0 gives that, 1 the image."""
    grey = tf.reduce_sum(tf.cast(image, tf.int32) * LUMA, axis=2, keepdims=True)
    grey = tf.cast(tf.bitwise.right_shift(grey + FIXED_POINT // 2, 16), tf.float32)
    mixed = grey + factor * (tf.cast(image, tf.float32) - grey)
    return tf.cast(tf.clip_by_value(mixed, 0.0, 255.0), tf.uint8)


def auto_contrast(image: Tensor) -> Tensor:
    """Stretch every channel so that its values reach from 0 to 255."""
    low, high = [tf.cast(one(image, axis=[0, 1]), tf.float64) for one in (tf.reduce_min, tf.reduce_max)]
    levels = tf.range(256, dtype=tf.float64)
    scale = (255.0 / tf.maximum(high - low, 1.0))[:, tf.newaxis]
    stretched = tf.clip_by_value(levels * scale - low[:, tf.newaxis] * scale, 0.0, 255.0)
    flat = tf.tile((high > low)[:, tf.newaxis], [1, 256])
    table = tf.where(flat, stretched, tf.tile(levels[tf.newaxis], [3, 1]))
    return _look_up(_channel_values(image), table, image)


def equalize(image: Tensor) -> Tensor:
    """Spread the values of every channel so that each grey level is about as frequent as any other."""
    values = _channel_values(image)
    counts = tf.reshape(tf.math.bincount(values, minlength=768, maxlength=768), [3, 256])
    levels = tf.tile(tf.range(256)[tf.newaxis], [3, 1])
    highest = tf.reduce_max(tf.where(counts > 0, levels, tf.zeros_like(levels)), axis=1)
    last = tf.reduce_sum(counts * tf.one_hot(highest, 256, dtype=tf.int32), axis=1)
    step = (tf.reduce_sum(counts, axis=1) - last)[:, tf.newaxis] // 255
    below = tf.cumsum(counts, axis=1, exclusive=True)
    spread = tf.minimum((below + step // 2) // tf.maximum(step, 1), 255)
    return _look_up(values, tf.where(tf.tile(step > 0, [1, 256]), spread, levels), image)


def shear_x(image: Tensor, slope: Tensor, fill: int) -> Tensor:
    """Shift each row by ``slope`` times its number to the left."""
    return _affine(image, (1.0, slope, 0.0, 0.0, 1.0, 0.0), fill)


def shear_y(image: Tensor, slope: Tensor, fill: int) -> Tensor:
    """Shift each column by ``slope`` times its number upwards."""
    return _affine(image, (1.0, 0.0, 0.0, slope, 1.0, 0.0), fill)


def translate_y(image: Tensor, pixels: Tensor, fill: int) -> Tensor:
    """Shift by whole ``pixels`` upwards."""
    return _affine(image, (1.0, 0.0, 0.0, 0.0, 1.0, pixels), fill)


def rotate(image: Tensor, degrees: Tensor, fill: int) -> Tensor:
    """Turn counter-clockwise about the centre."""
    angle = tf.cast(degrees, tf.float64) * (-math.pi / 180.0)
    cos, sin = tf.cos(angle), tf.sin(angle)
    x, y = int(image.shape[1]) / 2.0, int(image.shape[0]) / 2.0
    return _affine(image, (cos, sin, -cos * x - sin * y + x, -sin, cos, sin * x - cos * y + y), fill)


def _affine(image: Tensor, matrix: Tensor, fill: int) -> Tensor:
    """At (x, y) the nearest pixel of the source at (a x + b y + c, d x + e y + f), ``fill`` outside of it;
    ``matrix`` is (a … f)."""
    height, width = int(image.shape[0]), int(image.shape[1])
    a, b, c, d, e, f = [tf.cast(one, tf.float64) for one in matrix]
    x, y = tf.range(width)[tf.newaxis, :], tf.range(height)[:, tf.newaxis]
    source_x = _whole(_fixed((a + b) * 0.5 + c) + x * _fixed(a) + y * _fixed(b))
    source_y = _whole(_fixed((d + e) * 0.5 + f) + x * _fixed(d) + y * _fixed(e))
    inside = (source_x >= 0) & (source_x < width) & (source_y >= 0) & (source_y < height)
    # the row after the last pixel is the fill
    index = tf.where(inside, source_y * width + source_x, tf.fill([height, width], height * width))
    pixels = tf.concat([tf.reshape(image, [-1, 3]), tf.fill([1, 3], tf.constant(fill, tf.uint8))], axis=0)
    return tf.gather(pixels, index)


def _fixed(number: Tensor) -> Tensor:
    return tf.cast(tf.floor(number * FIXED_POINT + 0.5), tf.int32)


def _whole(fixed: Tensor) -> Tensor:
    return tf.bitwise.right_shift(fixed, 16)


def _channel_values(image: Tensor) -> Tensor:
    """The values as one row, int32, those of the second and third channel raised by 256 and 512."""
    return tf.reshape(tf.cast(image, tf.int32) + tf.constant([0, 256, 512]), [-1])


def _look_up(values: Tensor, table: Tensor, image: Tensor) -> Tensor:
    """Replace the ``values`` of ``image`` by their entries in ``table``, ``[3, 256]``."""
    return tf.reshape(tf.gather(tf.cast(tf.reshape(table, [-1]), tf.uint8), values), image.shape)
