"""Tensors on disk, one ``.npy`` file each with an index, and how much they may take: training and its checkpoints
come first."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Dict, Mapping, Optional

import numpy as np

from engines.common.atomic import write_json

MAX_OVERFLOW_DUMPS = 20
"""Steps with an overflow that are written and told of; a network that has gone to NaN has no end of them."""


def file_name(tensor: str) -> str:
    """The file for a tensor's name."""
    return re.sub(r"[^A-Za-z0-9_-]+", ".", tensor).strip(".") + ".npy"


def write_dump(folder: Path, tensors: Mapping[str, np.ndarray], **facts: object) -> None:
    """Write ``tensors`` into ``folder``, and ``index.json`` with ``facts`` and what each file holds."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = []
    for name, value in tensors.items():
        np.save(str(folder / file_name(name)), value)
        listed.append(dict(_describe(value), name=name, file=file_name(name)))
    write_json(folder / "index.json", dict(facts, tensors=listed))


def _describe(value: np.ndarray) -> Dict[str, object]:
    described: Dict[str, object] = {"shape": list(value.shape), "dtype": str(value.dtype)}
    if value.dtype.kind == "f" and value.size:
        finite = value[np.isfinite(value)].astype(np.float64)
        described["nonfinite"] = int(value.size - finite.size)
        if finite.size:
            described.update(
                minimum=float(finite.min()), maximum=float(finite.max()), mean=float(finite.mean())
            )
    return described


DISK_RESERVE = 1 << 30
"""Bytes that dumps leave free on their disk."""


class DumpBudget:
    """The room that one rank's dumps may still take: its share of the run's limit, and never the disk's reserve.

    ``limit`` is in bytes. A method that says no says why in a sentence; ``None`` is a yes.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._left = limit

    def refusal(self, folder: Path, size: int) -> Optional[str]:
        """Why ``size`` more bytes may not be written below ``folder``."""
        if size > self._left:
            return "it would take {}, and of this rank's {} (--dump_limit) {} are left".format(
                spelled_size(size), spelled_size(self._limit), spelled_size(self._left)
            )
        free = _free(folder)
        if size + DISK_RESERVE > free:
            return (
                "it would take {}, and the disk of {} has {} free, of which {} are kept for training".format(
                    spelled_size(size), folder, spelled_size(free), spelled_size(DISK_RESERVE)
                )
            )
        return None

    def write(self, folder: Path, tensors: Mapping[str, np.ndarray], **facts: object) -> Optional[str]:
        """Write ``tensors`` and ``facts`` as :func:`write_dump` does, or say why not.

        A disk that fills up meanwhile costs the dump, not the training.
        """
        size = sum(value.nbytes for value in tensors.values())
        refusal = self.refusal(folder, size)
        if refusal is not None:
            return refusal
        try:
            write_dump(folder, tensors, **facts)
        except OSError as error:
            shutil.rmtree(str(folder), ignore_errors=True)
            return "{} could not be written: {}".format(folder, error.strerror)
        self._left -= size
        return None


def spelled_size(size: int) -> str:
    """``size`` bytes for people, in decimal units."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return "{:.3g} {}".format(size / scale, unit)
    return "{} bytes".format(size)


def _free(folder: Path) -> int:
    """Bytes free where ``folder`` is or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(str(folder)).free
