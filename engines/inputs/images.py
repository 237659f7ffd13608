"""From encoded bytes to network input. Whatever is random comes in as numbers drawn beforehand."""

from __future__ import annotations

from typing import NamedTuple, Sequence, Tuple

from engines.ops.framework import Tensor, tf

CROP_ATTEMPTS = 10
DRAWS_PER_ATTEMPT = 4
CROP_DRAWS = CROP_ATTEMPTS * DRAWS_PER_ATTEMPT
"""Number of uniform numbers that :func:`distorted_window` consumes."""


class CropLimits(NamedTuple):
    """The limits of a random crop: its aspect (width / height), its share of the image's area, and the
    share of at least one object box that it covers."""

    aspect: Tuple[float, float] = (0.75, 4.0 / 3.0)
    area: Tuple[float, float] = (0.08, 1.0)
    covered: float = 0.1


def image_size(encoded: Tensor) -> Tensor:
    """Height and width of an encoded image, int32 ``[2]``, without decoding a JPEG."""
    return tf.cond(
        tf.image.is_jpeg(encoded),
        lambda: tf.image.extract_jpeg_shape(encoded)[:2],
        lambda: tf.shape(tf.image.decode_png(encoded, channels=3))[:2],
    )


def decode_window(encoded: Tensor, window: Tensor) -> Tensor:
    """The pixels of ``window`` (top, left, height, width), uint8; of a JPEG only those are decoded.

    The fancy upscaling of chroma stays on: without it the JPEG library inside TensorFlow 1.15 and 2.6
    reads outside its buffers when it crops.
    """
    top, left, height, width = tf.unstack(window)
    image = tf.cond(
        tf.image.is_jpeg(encoded),
        lambda: tf.image.decode_and_crop_jpeg(encoded, window, channels=3, dct_method="INTEGER_FAST"),
        lambda: tf.image.decode_png(encoded, channels=3)[top : top + height, left : left + width],
    )
    image.set_shape([None, None, 3])
    return image


def distorted_window(size: Tensor, boxes: Tensor, draws: Tensor, limits: CropLimits) -> Tensor:
    """A random window (top, left, height, width) of an image of ``size``; the whole image where none fits.

    Aspect and area are uniform within ``limits``; the first of ten attempts counts that lies inside the
    image and covers enough of some box. The whole image is the one box where ``boxes`` are none.
    ``draws`` are :data:`CROP_DRAWS` numbers in [0, 1). After Szegedy et al., "Going deeper with
    convolutions" (2014), in the form of TensorFlow's ``sample_distorted_bounding_box``.
    """
    height, width = tf.unstack(tf.cast(size, tf.float32))
    u = tf.reshape(draws, [CROP_ATTEMPTS, DRAWS_PER_ATTEMPT])
    aspect = limits.aspect[0] + u[:, 0] * (limits.aspect[1] - limits.aspect[0])
    area = (limits.area[0] + u[:, 1] * (limits.area[1] - limits.area[0])) * height * width
    crop_height = tf.round(tf.sqrt(area / aspect))
    crop_width = tf.round(tf.sqrt(area * aspect))
    inside = (crop_height >= 1) & (crop_width >= 1) & (crop_height <= height) & (crop_width <= width)
    top = tf.floor(u[:, 2] * (height - crop_height + 1.0))
    left = tf.floor(u[:, 3] * (width - crop_width + 1.0))
    boxes = tf.cond(tf.shape(boxes)[0] > 0, lambda: boxes, lambda: tf.constant([[0.0, 0.0, 1.0, 1.0]]))
    y0, x0, y1, x1 = tf.unstack(boxes * tf.stack([height, width, height, width]), axis=1)
    common_height = tf.minimum(top[:, None] + crop_height[:, None], y1) - tf.maximum(top[:, None], y0)
    common_width = tf.minimum(left[:, None] + crop_width[:, None], x1) - tf.maximum(left[:, None], x0)
    common = tf.maximum(common_height, 0.0) * tf.maximum(common_width, 0.0)
    covers = tf.reduce_any(common >= limits.covered * tf.maximum((y1 - y0) * (x1 - x0), 1e-6), axis=1)
    fits = tf.concat([inside & covers, [True]], axis=0)
    windows = tf.concat(
        [tf.stack([top, left, crop_height, crop_width], axis=1), [tf.stack([0.0, 0.0, height, width])]],
        axis=0,
    )
    return tf.cast(windows[tf.argmax(tf.cast(fits, tf.int32))], tf.int32)


def whole_window(size: Tensor) -> Tensor:
    """The window that is the whole image."""
    return tf.concat([[0, 0], size], axis=0)


def central_window(size: Tensor, share: float) -> Tensor:
    """The square window in the middle of an image whose side is ``share`` of the shorter side."""
    side = tf.cast(tf.cast(tf.reduce_min(size), tf.float32) * share, tf.int32)
    corner = (size - side + 1) // 2
    return tf.concat([corner, [side, side]], axis=0)


def resize(image: Tensor, height: int, width: int) -> Tensor:
    """Bilinear resize to float32 ``[height, width, 3]``, aspect not kept."""
    return tf.image.resize_bilinear(image[tf.newaxis], [height, width])[0]


def resize_bicubic(image: Tensor, height: int, width: int) -> Tensor:
    """Bicubic resize to float32 ``[height, width, 3]``, aspect not kept; may overshoot 0 … 255."""
    return tf.image.resize_bicubic(image[tf.newaxis], [height, width])[0]


def flip_if(image: Tensor, draw: Tensor) -> Tensor:
    """Mirror left to right where ``draw``, a number in [0, 1), is below one half."""
    return tf.cond(draw < 0.5, lambda: image[:, ::-1], lambda: image)


def central_square(image: Tensor, side: int) -> Tensor:
    """The ``side`` x ``side`` pixels in the middle of a larger image of static shape."""
    top = (int(image.shape[0]) - side) // 2
    left = (int(image.shape[1]) - side) // 2
    return image[top : top + side, left : left + side]


def normalise(image: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """(image - mean) / std per channel."""
    scale = [1.0 / one for one in std]
    return image * tf.constant(scale) - tf.constant([m * s for m, s in zip(mean, scale)])
