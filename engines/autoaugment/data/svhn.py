"""SVHN's cropped digits: ``train_32x32.mat`` and ``test_32x32.mat``, http://ufldl.stanford.edu/housenumbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engines.autoaugment.data.sets import PixelSet
from engines.common.errors import UsageError


def svhn_file(folder: Path, train: bool) -> Path:
    """The file of one part."""
    return folder / ("train_32x32.mat" if train else "test_32x32.mat")


def read_svhn(path: Path) -> PixelSet:
    """The images of ``path``; the file's label 10 stands for the digit 0. Raises :class:`UsageError`."""
    try:
        from scipy.io import loadmat
    except ImportError:
        raise UsageError(
            "Reading {} needs the package scipy, which this interpreter does not have.".format(path)
        ) from None
    try:
        content = loadmat(str(path))
        pixels, labels = content["X"], content["y"]
    except (ValueError, KeyError, OSError, TypeError) as error:
        raise UsageError("{} is damaged or no part of SVHN: {}.".format(path, error)) from None
    return PixelSet(
        np.ascontiguousarray(pixels.transpose(3, 2, 0, 1)), labels.reshape(-1).astype(np.int64) % 10
    )
