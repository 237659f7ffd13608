"""Checking the two JSON files that the NPU adapter reads: mixed-precision lists and fusion switches.

Their forms are those of the adapter's session options ``modify_mixlist`` and ``fusion_switch_file``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from console.catalog.nearest import nearest_or_all
from console.i18n import Message
from console.launch.findings import message

MAX_BYTES = 1_000_000
MIXLIST_KEYS = ("black-list", "white-list", "gray-list")
MIXLIST_ACTIONS = ("to-add", "to-remove")
FUSION_GROUPS = ("GraphFusion", "UBFusion")
FUSION_STATES = ("on", "off")


def check_mixlist(path: Path) -> tuple[Message, ...]:
    """The mistakes in ``{"black-list": {"to-add": [operator, …], "to-remove": […]}, "white-list": …}``."""
    document, problems = _read(path)
    return problems or tuple(_mixlist_problems(document))


def check_fusion_switch(path: Path) -> tuple[Message, ...]:
    """The mistakes in ``{"Switch": {"GraphFusion": {pass or ALL: on | off}, "UBFusion": {…}}}``."""
    document, problems = _read(path)
    return problems or tuple(_fusion_problems(document))


def _mixlist_problems(document: object) -> Iterator[Message]:
    for name, actions in _items(document):
        if name not in MIXLIST_KEYS:
            yield _unknown(name, MIXLIST_KEYS)
        elif not isinstance(actions, dict):
            yield message("json_not_object", key=name)
        else:
            for action, operators in actions.items():
                if action not in MIXLIST_ACTIONS:
                    yield _unknown(f"{name}.{action}", MIXLIST_ACTIONS)
                elif not isinstance(operators, list) or not all(isinstance(one, str) for one in operators):
                    yield message("json_not_names", key=f"{name}.{action}")


def _fusion_problems(document: object) -> Iterator[Message]:
    if not any(name == "Switch" for name, _ in _items(document)):
        yield message("json_missing_key", key="Switch")
    for name, groups in _items(document):
        if name != "Switch":
            yield _unknown(name, ("Switch",))
        elif not isinstance(groups, dict):
            yield message("json_not_object", key=name)
        else:
            yield from _fusion_group_problems(groups)


def _fusion_group_problems(groups: dict[str, object]) -> Iterator[Message]:
    for group, passes in groups.items():
        if group not in FUSION_GROUPS:
            yield _unknown(f"Switch.{group}", FUSION_GROUPS)
        elif not isinstance(passes, dict):
            yield message("json_not_object", key=f"Switch.{group}")
        else:
            for name, state in passes.items():
                if state not in FUSION_STATES:
                    yield message("json_not_on_off", key=f"Switch.{group}.{name}", value=state)


def _read(path: Path) -> tuple[object, tuple[Message, ...]]:
    """The document, or why there is none."""
    try:
        if not path.is_file():
            return None, (message("file_missing", path=path),)
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as problem:
        return None, (message("file_unreadable", path=path, reason=problem.strerror),)
    try:
        document = json.loads(raw.decode("utf-8")) if len(raw) <= MAX_BYTES else None
    except json.JSONDecodeError as problem:
        return None, (message("file_not_json", path=path, line=problem.lineno, reason=problem.msg),)
    except (UnicodeDecodeError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return None, (message("file_not_object", path=path),)
    return document, ()


def _items(document: object) -> list[tuple[str, object]]:
    return list(document.items()) if isinstance(document, dict) else []


def _unknown(key: str, known: tuple[str, ...]) -> Message:
    return message("json_unknown_key", key=key, nearest=nearest_or_all(key.rpartition(".")[2], known))
