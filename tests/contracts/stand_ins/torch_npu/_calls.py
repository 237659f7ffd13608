"""The record of calls, which the tests read."""

from __future__ import annotations

import json
import os
from pathlib import Path


def record(name: str, **details: object) -> None:
    """Append one call to this rank's file."""
    path = Path(os.environ["TORCH_NPU_CALLS"] + "." + os.environ.get("RANK_ID", "0"))
    with path.open("a") as file:
        file.write(json.dumps({"call": name, **details}) + "\n")


class ContractError(Exception):
    """The adapter was used in a way that its documents do not allow."""


def require(condition: bool, text: str) -> None:
    """Raise unless ``condition``."""
    if not condition:
        raise ContractError(text)
