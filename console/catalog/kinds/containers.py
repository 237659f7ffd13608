"""Kinds that hold other kinds: texts in two languages, lists, tables and records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from console.catalog.document import Node, Scalar, Sequence, Table
from console.catalog.kinds.scalars import JsonSchema, Kind, ScalarKind, Text
from console.catalog.nearest import nearest
from console.catalog.problems import Problems
from console.catalog.profile import LocalizedText
from console.i18n import Message


def join(key: str, part: object) -> str:
    """The dotted key of ``part`` below ``key``."""
    return f"{key}.{part}" if key else str(part)


@dataclass(eq=False, repr=False)
class Localized(Kind):
    """A text in English and Chinese, or one that is the same in both."""

    def describe(self) -> str:
        return "`{en: …, zh: …}` or one text"

    def read(self, node: Node, key: str, problems: Problems) -> Any:
        if isinstance(node, Scalar):
            return LocalizedText(node.text, node.text)
        texts = Record(Key("en", Text(), "", required=True), Key("zh", Text(), "", required=True)).read(
            node, key, problems
        )
        return LocalizedText(texts["en"], texts["zh"]) if texts and len(texts) == 2 else None

    def json(self) -> JsonSchema:
        text = {"type": "string"}
        both = {"en": text, "zh": text}
        table = {
            "type": "object",
            "properties": both,
            "required": ["en", "zh"],
            "additionalProperties": False,
        }
        return {"anyOf": [text, table]}


@dataclass(eq=False, repr=False)
class ListOf(Kind):
    """A list of at least ``minimum`` different items of one kind."""

    item: Kind
    minimum: int = 0

    def describe(self) -> str:
        return f"list of {self.item.describe()}"

    def read(self, node: Node, key: str, problems: Problems) -> Any:
        if not isinstance(node, Sequence):
            problems.add(node.place, key, Message.of("catalog.not_a_list"))
            return None
        values = [self.item.read(one, join(key, index), problems) for index, one in enumerate(node.items)]
        if len(values) < self.minimum:
            problems.add(node.place, key, Message.of("catalog.empty_list"))
        for index, value in enumerate(values):
            if value is not None and value in values[:index]:
                problems.add(node.items[index].place, key, Message.of("catalog.item_twice", value=value))
        return tuple(values)

    def json(self) -> JsonSchema:
        items = self.item.json() | self.item.requirements()
        return {"type": "array", "items": items, "minItems": self.minimum, "uniqueItems": True}


@dataclass(eq=False, repr=False)
class TableOf(Kind):
    """A table with keys of one kind and values of another, in the order they are written."""

    name: ScalarKind
    item: Kind

    def describe(self) -> str:
        return f"table of {self.name.describe()}: {self.item.describe()}"

    def read(self, node: Node, key: str, problems: Problems) -> Any:
        if not isinstance(node, Table):
            problems.add(node.place, key, Message.of("catalog.not_a_table"))
            return None
        values: dict[Any, Any] = {}
        for name, item in node.items.items():
            place = node.keys[name]
            inner = join(key, name)
            converted = self.name.read(Scalar(place, name, null=False, quoted=False), inner, problems)
            if isinstance(item, Scalar) and item.null and isinstance(self.item, Record):
                item = Table(place, {}, {})
            values[converted] = self.item.read(item, inner, problems)
        return values

    def json(self) -> JsonSchema:
        names = self.name.json()
        if names.get("type") == "integer":
            names = {"pattern": "^[0-9]+$"}
        item = self.item.json()
        if isinstance(self.item, Record):
            item = {"anyOf": [item, {"type": "null"}]}
        return {"type": "object", "propertyNames": names, "additionalProperties": item}

    def requirements(self) -> JsonSchema:
        inner = self.item.requirements()
        return {"additionalProperties": inner} if inner else {}


@dataclass(eq=False, repr=False)
class Key:
    """A key of a record: its kind, what it means, and whether a complete profile must have it."""

    name: str
    kind: Kind
    help: str
    required: bool = False


class Record(Kind):
    """A table with a fixed set of keys. An empty value counts as not given.

    With ``shorthand``, a single value stands for a record that has only that key.
    """

    def __init__(self, *keys: Key, shorthand: str | None = None) -> None:
        self.keys = {key.name: key for key in keys}
        self.shorthand = shorthand

    def describe(self) -> str:
        return "the keys below"

    def read(self, node: Node, key: str, problems: Problems) -> Any:
        if not isinstance(node, Table):
            problems.add(node.place, key, Message.of("catalog.not_a_table"))
            return None
        values: dict[str, Any] = {}
        for name, item in node.items.items():
            known = self.keys.get(name)
            if known is None:
                problems.add(node.keys[name], join(key, name), self._unknown(name))
            elif not (isinstance(item, Scalar) and item.null):
                values[name] = known.kind.read(item, join(key, name), problems)
        for name, known in self.keys.items():
            if known.required and name not in values:
                problems.add(node.place, join(key, name), Message.of("catalog.missing_key", key=name))
        return values

    def json(self) -> JsonSchema:
        properties = {
            key.name: ({"description": key.help} if key.help else {}) | key.kind.json()
            for key in self.keys.values()
        }
        record = {"type": "object", "properties": properties, "additionalProperties": False}
        return {"anyOf": [record, self.keys[self.shorthand].kind.json()]} if self.shorthand else record

    def requirements(self) -> JsonSchema:
        required = [key.name for key in self.keys.values() if key.required]
        inner = {key.name: key.kind.requirements() for key in self.keys.values()}
        nested = {name: schema for name, schema in inner.items() if schema}
        demands: JsonSchema = {"type": "object", "required": required} if required else {}
        return demands | ({"properties": nested} if nested else {})

    def _unknown(self, name: str) -> Message:
        close = nearest(name, self.keys)
        if close:
            return Message.of("catalog.unknown_key_near", key=name, nearest=close)
        return Message.of("catalog.unknown_key", key=name, known=", ".join(self.keys))
