"""The placeholders an external command may hold in braces, filled in for each rank."""

from __future__ import annotations

import re
from collections.abc import Mapping

PLACEHOLDERS = ("python", "data_dir", "run_dir", "rank", "world_size", "device")

_IN_BRACES = re.compile(r"\{([a-z_]+)\}")


def placeholders_in(text: str) -> list[str]:
    """The words in braces that stand in ``text``, known or not; other uses of braces are none."""
    return _IN_BRACES.findall(text)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of placeholders; braces that are none stay as they are."""
    return _IN_BRACES.sub(lambda match: values[match[1]], text)
