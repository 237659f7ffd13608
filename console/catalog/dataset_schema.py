"""The keys of an entry in ``datasets.yaml``, and how the user's file is laid over the shipped one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from console.catalog.data.layouts.names import LAYOUTS
from console.catalog.document import DocumentError, Node, Table, read_document
from console.catalog.kinds.containers import Key, ListOf, Localized, Record
from console.catalog.kinds.scalars import Boolean, Choice, Integer, Text
from console.catalog.problems import Problems, ProfileProblem
from console.i18n import Message

SHIPPED_FILE = Path(__file__).with_name("datasets.yaml")

Entries = dict[str, Mapping[str, Any]]


def _not_absolute(folder: str) -> Message | None:
    return None if Path(folder).expanduser().is_absolute() else Message.of("data.folder_not_absolute")


ENTRY = Record(
    Key("title", Localized(), "what it is called", required=True),
    Key("layouts", ListOf(Choice(lambda: LAYOUTS), minimum=1), "its forms on disk", required=True),
    Key("num_classes", Integer(1), "how many classes its labels tell apart", required=True),
    Key("train_images", Integer(1), "images to train on"),
    Key("eval_images", Integer(1), "images to evaluate on"),
    Key("train_files", Integer(1), "files that hold the images to train on"),
    Key("eval_files", Integer(1), "files that hold the images to evaluate on"),
    Key("folder", Text(check=_not_absolute), "where it is when no other folder is chosen"),
    Key("builtin", Boolean(), "whether the console can write it by itself"),
)


def read_entries(user_file: Path) -> tuple[Entries, tuple[ProfileProblem, ...]]:
    """The values of every good entry by name, and what is wrong in ``user_file``, which need not exist."""
    shipped = read_document(SHIPPED_FILE)
    entries: Entries = {
        name: _read_entry(node, name, Problems(SHIPPED_FILE)) for name, node in shipped.items.items()
    }
    problems = Problems(user_file)
    try:
        own = read_document(user_file) if user_file.exists() else None
    except DocumentError as error:
        problems.add(error.place, "", error.message)
        own = None
    for name, node in own.items.items() if own else ():
        mistakes = Problems(user_file, inherited_line=own.keys[name].line if own else 1)
        base = shipped.items.get(name)
        _refuse_fixed_keys(node, name, base, mistakes)
        values = _read_entry(_over(base, node), name, mistakes)
        if not mistakes.found:
            entries[name] = values
        problems.found += mistakes.found
    return entries, tuple(problems.found)


def _read_entry(node: Node, name: str, problems: Problems) -> Mapping[str, Any]:
    values = ENTRY.read(node, name, problems) or {}
    return values | ({"folder": Path(values["folder"]).expanduser()} if values.get("folder") else {})


def _over(base: Node | None, own: Node) -> Node:
    if isinstance(base, Table) and isinstance(own, Table):
        return Table(own.place, {**base.keys, **own.keys}, {**base.items, **own.items})
    return own


def _refuse_fixed_keys(own: Node, name: str, base: Node | None, problems: Problems) -> None:
    """Note keys a user's entry may not give: what a built-in data set contains is not theirs to say."""
    if not isinstance(own, Table):
        return
    over_builtin = isinstance(base, Table) and "builtin" in base.items
    fixed = set(own.items) - {"title", "folder"} if over_builtin else set(own.items) & {"builtin"}
    for key in sorted(fixed & set(ENTRY.keys)):
        problems.add(own.keys[key], f"{name}.{key}", Message.of("data.fixed_key", key=key, name=name))
