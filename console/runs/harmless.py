"""Lines that read like errors and are none: frameworks that look for a GPU where there is none."""

from __future__ import annotations

import re

_HARMLESS = re.compile(
    r"cuInit|libcu\w+\.so|libnvinfer|\bcudart_stub\b|\bcuda_(?:platform|driver|diagnostics)\.cc"
    r"|kernel driver does not appear to be running|Unable to register cu\w+ factory|\boneDNN supports\b"
    r"|can not find Environment variable : JOB_ID|enable_data_pre_proc option IS DEPRECATED"
)


def is_harmless(line: str) -> bool:
    """Whether ``line`` is seen in runs that are well, however alarming it reads."""
    return _HARMLESS.search(line) is not None
