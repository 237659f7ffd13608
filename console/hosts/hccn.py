"""The addresses of the devices' own network ports, as the host keeps them in ``/etc/hccn.conf``."""

from __future__ import annotations

import re
from pathlib import Path

HCCN_CONF = Path("/etc/hccn.conf")

_ADDRESS = re.compile(r"^\s*address_(\d+)\s*=\s*([0-9A-Fa-f.:]+)\s*$")


def parse_hccn(text: str) -> dict[int, str]:
    """Physical device id -> address, from lines ``address_<id>=<ip>``; other lines are of no concern here."""
    matches = map(_ADDRESS.match, text.splitlines())
    return {int(match[1]): match[2] for match in matches if match}


def read_hccn(path: Path = HCCN_CONF) -> dict[int, str]:
    """The addresses in the file; empty where there is none or it may not be read."""
    try:
        return parse_hccn(path.read_text("utf-8", "replace"))
    except OSError:
        return {}
