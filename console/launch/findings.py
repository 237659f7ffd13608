"""Shorthands for preflight findings; their texts are in the message table ``launch``."""

from __future__ import annotations

from console.i18n import Message
from console.launch.plan import Finding, Level


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
