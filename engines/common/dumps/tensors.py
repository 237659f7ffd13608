"""Tensors on disk: one ``.npy`` file each, and an index that names them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Dict, Mapping

import numpy as np

from engines.common.atomic import write_json


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
