"""Events of a run: their kinds, and the log lines by which an engine tells of one (``@event {json object}``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum

EVENT_PREFIX = b"@event "


class EventKind(str, Enum):
    """A kind of event, as it stands under ``kind`` in an event line and in the store.

    A program of the operator's own may print other kinds; they are kept as the text they are.
    ``only_in_store`` marks the kinds that the supervisor adds and that no log repeats: reading the logs again
    must carry them over.
    """

    only_in_store: bool

    def __new__(cls, word: str, only_in_store: bool = False) -> EventKind:
        kind = str.__new__(cls, word)
        kind._value_ = word
        kind.only_in_store = only_in_store
        return kind

    __str__ = str.__str__

    # Printed by engines.
    START = "start"
    CHECKPOINT = "checkpoint"
    OVERFLOW = "overflow"
    DUMP = "dump"
    PROFILE = "profile"
    EVALUATION = "evaluation"
    EXPORT = "export"
    ACK = "ack"
    STOP = "stop"
    RESULT = "result"

    # Added by the supervisor.
    STALLED = "stalled", True
    RESUMED_PROGRESS = "resumed_progress", True
    RANK_EXIT = "rank_exit", True
    RESTART = "restart", True
    ADOPTED = "adopted", True
    LOG_TRUNCATED = "log_truncated", True
    DISK_FULL = "disk_full", True
    LOG_UNREADABLE = "log_unreadable"
    DAMAGED_EVENTS = "damaged_events"


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
