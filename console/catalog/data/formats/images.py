"""Labelled images on their way to disk, and the test whether stored image bytes can be decoded."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RECORD_FORMATS = ("JPEG", "PNG")
"""Formats that images inside records may have."""
PHOTO_FORMATS = (*RECORD_FORMATS, "WEBP", "BMP")
"""Formats that images in files of their own may have."""


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """One image: ``pixels`` is uint8 of shape (height, width, 3), RGB; ``label`` counts from 0."""

    name: str
    label: int
    pixels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ImageSet:
    """A data set in memory: the names of its classes, and two lists of images that share none."""

    class_names: tuple[str, ...]
    train: tuple[LabelledImage, ...]
    validation: tuple[LabelledImage, ...]


class UndecodableImageError(ValueError):
    """Image bytes that no decoder takes; the text is the decoder's reason."""


def encode_jpeg(image: LabelledImage) -> bytes:
    """``image`` as a JPEG within 2/255 of the original: quality 100, colour at full resolution."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image.pixels).save(buffer, "JPEG", quality=100, subsampling=0)
    return buffer.getvalue()


def probe_image(encoded: bytes, formats: tuple[str, ...] = RECORD_FORMATS) -> None:
    """Decode an image of one of ``formats``; raises :class:`UndecodableImageError`.

    A JPEG is asked for at an eighth of its size: all of the entropy-coded data is read, as it has to be
    to find damage, but most of the inverse transform is saved.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(encoded), formats=formats) as image:
            image.draft(None, (image.width // 8, image.height // 8))
            image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UndecodableImageError(str(error)) from error
