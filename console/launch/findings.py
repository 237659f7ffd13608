"""Preflight findings, with shorthands for those whose texts are in the message table ``launch``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from console.i18n import Message


class Level(str, Enum):
    """The severity of a preflight finding. An ``ERROR`` blocks the launch."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One preflight result: ``subject`` is the field it belongs to (``devices``, a parameter's name, …)."""

    level: Level
    subject: str
    message: Message
    remedy: Message | None = None


def ok(subject: str, key: str, /, **values: object) -> Finding:
    """Something that was checked and is well."""
    return Finding(Level.OK, subject, message(key, **values))


def info(subject: str, key: str, remedy: str | None = None, /, **values: object) -> Finding:
    """Something the operator may want to know."""
    return _finding(Level.INFO, subject, key, remedy, values)


def warning(subject: str, key: str, remedy: str | None = None, /, **values: object) -> Finding:
    """Something that may be meant, or may go wrong later."""
    return _finding(Level.WARNING, subject, key, remedy, values)


def error(subject: str, key: str, remedy: str | None = None, /, **values: object) -> Finding:
    """Something that blocks the launch; ``remedy`` is the key of the way out."""
    return _finding(Level.ERROR, subject, key, remedy, values)


def message(key: str, /, **values: object) -> Message:
    """A message of the room ``launch``."""
    return Message.of(f"launch.{key}", **values)


def _finding(level: Level, subject: str, key: str, remedy: str | None, values: dict[str, object]) -> Finding:
    return Finding(level, subject, message(key, **values), message(remedy, **values) if remedy else None)
