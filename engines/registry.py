"""The engines of this folder, as ``engines.json`` lists them; the console reads the same file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, NamedTuple


class EngineEntry(NamedTuple):
    """The package an engine computes with, and the one that connects that package to the NPU."""

    framework: str
    adapter: str


def _read() -> Dict[str, EngineEntry]:
    text = (Path(__file__).resolve().parent / "engines.json").read_text(encoding="utf-8")
    return {name: EngineEntry(**entry) for name, entry in json.loads(text).items()}


ENGINES = _read()
"""By the name on the command line, which is also that of the engine's folder."""
