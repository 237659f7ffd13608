"""Encoded images: from bytes to pixels by Pillow, the JPEG only as large as the wanted window needs."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Tuple

import numpy as np

from engines.common.errors import UsageError

if TYPE_CHECKING:
    from PIL import Image

CROP_ATTEMPTS = 10
CROP_DRAWS = 4 * CROP_ATTEMPTS
"""The count of uniform numbers that :func:`random_window` consumes."""

ASPECT = (3.0 / 4.0, 4.0 / 3.0)
MIN_AREA = 0.08

Window = Tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""


def require_pillow(what: str) -> None:
    """Raise :class:`UsageError` where Pillow is not installed."""
    try:
        import PIL.Image  # noqa: F401
    except ImportError:
        raise UsageError(
            "Reading {} needs the package pillow, which this interpreter does not have.".format(what)
        ) from None


def decode(payload: bytes, source: str, side: int, draws: "np.ndarray | None" = None) -> "Image.Image":
    """The image ``payload`` in RGB as a square of ``side`` pixels.

    With ``draws`` it is a random window stretched to the square; without, the middle of the image: its
    largest square less an eighth. Raises :class:`UsageError` naming ``source`` where it is no image.
    """
    from PIL import Image

    try:
        image = Image.open(io.BytesIO(payload))
        width, height = image.size
        window = central_window(width, height) if draws is None else random_window(width, height, draws)
        return _read_window(image, window, side)
    except (OSError, ValueError, SyntaxError) as error:
        raise UsageError("{} is no image that can be read: {}.".format(source, error)) from None


def decode_whole(payload: bytes, source: str, side: int) -> np.ndarray:
    """The whole image ``payload``, stretched where it is no square of ``side``, uint8 ``[3, side, side]``."""
    from PIL import Image

    try:
        image = Image.open(io.BytesIO(payload))
        whole = _read_window(image, (0, 0, *image.size), side)
        return np.ascontiguousarray(np.asarray(whole).transpose(2, 0, 1))
    except (OSError, ValueError, SyntaxError) as error:
        raise UsageError("{} is no image that can be read: {}.".format(source, error)) from None


def random_window(width: int, height: int, draws: np.ndarray) -> Window:
    """A window of random area (8 % to all) and aspect (3:4 to 4:3); the middle square after ten that do not fit.

    After Szegedy et al., "Going deeper with convolutions", 2014.
    """
    for u in draws.reshape(CROP_ATTEMPTS, 4):
        area = width * height * (MIN_AREA + float(u[0]) * (1.0 - MIN_AREA))
        low, high = math.log(ASPECT[0]), math.log(ASPECT[1])
        aspect = math.exp(low + float(u[1]) * (high - low))
        w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < w <= width and 0 < h <= height:
            left, top = int(float(u[2]) * (width - w + 1)), int(float(u[3]) * (height - h + 1))
            return (left, top, left + w, top + h)
    return central_window(width, height, 1.0)


def central_window(width: int, height: int, share: float = 0.875) -> Window:
    """The middle square whose side is ``share`` of the shorter side."""
    side = min(width, height) * share
    left, top = (width - side) / 2.0, (height - side) / 2.0
    return (left, top, left + side, top + side)


def _read_window(image: "Image.Image", window: Window, side: int) -> "Image.Image":
    """``window`` of ``image`` scaled to ``side``; a JPEG is decoded at the smallest scale that is fine enough."""
    from PIL import Image

    width, height = image.size
    shrink = min((window[2] - window[0]) / side, (window[3] - window[1]) / side)
    if shrink >= 2.0:
        image.draft("RGB", (int(width / shrink), int(height / shrink)))
    scale = (image.size[0] / width, image.size[1] / height)
    if image.mode != "RGB":
        image = image.convert("RGB")
    if image.size != (side, side) or window != (0, 0, side, side):
        box = (window[0] * scale[0], window[1] * scale[1], window[2] * scale[0], window[3] * scale[1])
        bilinear = Image.BILINEAR  # type: ignore[attr-defined]  # which Pillow does not declare
        return image.resize((side, side), bilinear, box)
    image.load()
    return image
