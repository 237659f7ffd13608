"""A YAML file as a tree in which every value knows the line it stands on.

Values stay text here: what a scalar means is decided by the place it stands at, so that neither ``1e-4`` nor
``on`` nor a version number turns into something its author did not write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from console.i18n import Message

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML built without libyaml
    from yaml import SafeLoader  # type: ignore[assignment]

MAX_BYTES = 1_000_000
MAX_NODES = 20_000
"""Aliases let a small file describe an endless tree; a profile of this size is a mistake."""
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, counted from 1."""

    file: Path
    line: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as it is written; ``null`` is true for an empty one, ``quoted`` for one in quotes."""

    place: Place
    text: str
    null: bool
    quoted: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping. ``keys`` has the place of each key, ``items`` its value; both keep the file's order."""

    place: Place
    keys: Mapping[str, Place]
    items: Mapping[str, Node]


Node = Scalar | Sequence | Table


class DocumentError(Exception):
    """The file is no table of values; ``place`` and ``message`` say where and why."""

    def __init__(self, place: Place, message: Message) -> None:
        super().__init__(place, message)
        self.place = place
        self.message = message


def read_document(path: Path) -> Table:
    """Read a file whose top is a mapping. Raises :class:`DocumentError`."""
    start = Place(path, 1)
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_BYTES:
            raise DocumentError(start, Message.of("catalog.too_large"))
        root = yaml.compose(raw.decode("utf-8"), Loader=SafeLoader)
    except OSError as error:
        raise DocumentError(start, Message.of("catalog.unreadable", reason=error.strerror)) from error
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DocumentError(Place(path, line), Message.of("catalog.not_utf8")) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(path, mark.line + 1 if mark else 1)
        raise DocumentError(place, Message.of("catalog.not_yaml", problem=error.problem)) from error
    except yaml.YAMLError as error:
        problem = str(error).splitlines()[0]
        raise DocumentError(start, Message.of("catalog.not_yaml", problem=problem)) from error
    if root is None:
        raise DocumentError(start, Message.of("catalog.empty_file"))
    node = _Converter(path).convert(root, 0)
    if not isinstance(node, Table):
        raise DocumentError(node.place, Message.of("catalog.not_a_table"))
    return node


class _Converter:
    """Turns PyYAML's nodes into ours, up to a sane size."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count = 0

    def convert(self, node: yaml.Node, depth: int) -> Node:
        place = Place(self._path, node.start_mark.line + 1)
        self._count += 1
        if self._count > MAX_NODES or depth > MAX_DEPTH:
            raise DocumentError(place, Message.of("catalog.too_large"))
        if isinstance(node, yaml.MappingNode):
            return self._table(node, place, depth)
        if isinstance(node, yaml.SequenceNode):
            return Sequence(place, tuple(self.convert(item, depth + 1) for item in node.value))
        null = node.tag == "tag:yaml.org,2002:null"
        quoted = isinstance(node, yaml.ScalarNode) and node.style in ("'", '"', "|", ">")
        return Scalar(place, node.value, null, quoted)

    def _table(self, node: yaml.MappingNode, place: Place, depth: int) -> Table:
        keys: dict[str, Place] = {}
        items: dict[str, Node] = {}
        for key_node, value_node in node.value:
            key_place = Place(self._path, key_node.start_mark.line + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                raise DocumentError(key_place, Message.of("catalog.key_not_a_word"))
            key = key_node.value
            if key in items:
                raise DocumentError(key_place, Message.of("catalog.key_twice", key=key, first=keys[key].line))
            keys[key] = key_place
            items[key] = self.convert(value_node, depth + 1)
        return Table(place, keys, items)
