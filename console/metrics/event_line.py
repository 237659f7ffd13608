"""The lines by which an engine tells of what happened: ``@event {json object}``."""

from __future__ import annotations

import json
from collections.abc import Mapping

EVENT_PREFIX = b"@event "


def parse_event(line: bytes) -> Mapping[str, object] | None:
    """The JSON object of a line that starts with ``EVENT_PREFIX``.

    ``None`` when it is damaged: no JSON object, or one without a word under ``kind``.
    """
    try:
        detail = json.loads(line[len(EVENT_PREFIX) :])
    except (ValueError, RecursionError):
        return None
    if not isinstance(detail, dict) or not isinstance(detail.get("kind"), str) or not detail["kind"]:
        return None
    return detail
