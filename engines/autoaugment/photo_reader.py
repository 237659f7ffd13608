"""Photos as network input: each is decoded, changed and normalised by one thread, in that core's cache."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from engines.autoaugment.augmentation import DRAWS, Normalisation, cut_out, split_draws
from engines.autoaugment.data.encoded import decode
from engines.autoaugment.data.sets import PhotoSet
from engines.autoaugment.photo_operations import Photo, change_photo
from engines.autoaugment.policy import NAMES, Policy, choose, load_policy
from engines.autoaugment.recipe import AutoAugmentSettings

FLIP_LEFT_RIGHT = Image.FLIP_LEFT_RIGHT  # type: ignore[attr-defined]  # which Pillow does not declare

MIN_THREADS = 2
"""One waits for the disk while the other decodes."""


class Change(NamedTuple):
    """The changes to one photo: the draws of its window (``None``: the middle), whether it is mirrored, and
    operations by name and amount."""

    window: Optional[np.ndarray]
    mirror: bool
    operations: Sequence[Tuple[str, float]]


AS_IT_IS = Change(None, False, ())


class PhotoReader:
    """Reads ``photos``: where ``augmented`` as the training of ``options`` wants them, else as evaluation does."""

    def __init__(self, options: AutoAugmentSettings, photos: PhotoSet, threads: int, augmented: bool) -> None:
        self._options = options
        self._photos = photos
        self._augmented = augmented
        self._normalise = Normalisation(options)
        self._policy = load_policy(options.policy) if augmented and options.auto_augment else None
        self._pool = ThreadPoolExecutor(max(MIN_THREADS, threads), "photos", torch.set_num_threads, (1,))

    def read(self, records: np.ndarray, draws: np.ndarray) -> Tuple[Tensor, Tensor]:
        """Network input float32 ``[n, 3, side, side]`` and labels of ``records``.

        ``draws`` is ``[n, DRAWS + CROP_DRAWS]``, or empty where nothing is augmented.
        """
        options = self._options
        side = options.image_size
        changes = draw_changes(options, self._policy, draws) if self._augmented else [AS_IT_IS] * len(records)
        values = np.empty((len(records), side, side, 3), np.float32)

        def fill(place: int) -> int:
            record, change = int(records[place]), changes[place]
            payload, label = self._photos.encoded(record)
            photo = decode(payload, self._photos.source(record), side, change.window)
            self._normalise.photo(changed(photo, change, self._normalise.fill), values[place])
            return label

        labels = torch.tensor(list(self._pool.map(fill, range(len(records)))))
        images = torch.from_numpy(values).permute(0, 3, 1, 2)
        if self._augmented and options.cutout:
            cut_out(images, split_draws(draws[:, :DRAWS])[-1], options.cutout_size)
        return images if options.channels_last else images.contiguous(), labels


def draw_changes(options: AutoAugmentSettings, policy: Optional[Policy], draws: np.ndarray) -> List[Change]:
    """The changes to each photo by its ``draws`` ``[n, DRAWS + CROP_DRAWS]``."""
    _, flips, chances, _ = split_draws(draws[:, :DRAWS])
    operations: List[List[Tuple[str, float]]] = [[] for _ in draws]
    if policy is not None:
        for listed, numbers, amounts in zip(operations, *(part.tolist() for part in choose(policy, chances))):
            listed.extend((NAMES[number], value) for number, value in zip(numbers, amounts) if number >= 0)
    windows = draws[:, DRAWS:] if options.random_crop else [None] * len(draws)
    mirrored = (flips[:, 0] < 0.5) & options.random_flip
    return [Change(*parts) for parts in zip(windows, mirrored.tolist(), operations)]


def changed(photo: Image.Image, change: Change, fill: Tuple[int, int, int]) -> np.ndarray:
    """``photo`` after ``change``, uint8 ``[h, w, 3]``."""
    result: Photo = photo.transpose(FLIP_LEFT_RIGHT) if change.mirror else photo
    for name, amount in change.operations:
        result = change_photo(name, result, amount, fill)
    return np.asarray(result)
