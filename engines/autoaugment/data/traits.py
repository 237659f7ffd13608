"""The data sets by name, with the settings that go with each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, NamedTuple, Tuple


class DatasetTraits(NamedTuple):
    """The settings that go with a data set unless flags say otherwise. ``mean`` and ``std`` are of RGB in
    0 … 1, the same for training and evaluation."""

    num_classes: int
    image_size: int
    network: str
    policy: str
    flip: bool
    mean: Tuple[float, float, float]
    std: Tuple[float, float, float]


def _read_datasets() -> Dict[str, DatasetTraits]:
    text = (Path(__file__).parent / "traits.json").read_text(encoding="utf-8")
    return {name: DatasetTraits(**traits) for name, traits in json.loads(text).items()}


DATASETS = _read_datasets()
