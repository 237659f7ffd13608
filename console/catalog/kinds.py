"""The kinds of value a schema is made of.

A kind reads a node into a Python value and notes what is wrong with it, and describes itself as JSON Schema
and in a word for the documentation: one description for all three.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from console.catalog.document import Node, Scalar, Sequence, Table
from console.catalog.nearest import nearest, nearest_or_all
from console.catalog.problems import Problems
from console.catalog.profile import LocalizedText
from console.i18n import Message

JsonSchema = dict[str, Any]


def join(key: str, part: object) -> str:
    """The dotted key of ``part`` below ``key``."""
    return f"{key}.{part}" if key else str(part)


class Kind(ABC):
    """One kind of value."""

    @abstractmethod
    def describe(self) -> str:
        """What the value is, in a word or two."""

    @abstractmethod
    def read(self, node: Node, key: str, problems: Problems) -> Any:
        """The value of ``node``, or ``None`` after noting what is wrong with it."""

    @abstractmethod
    def json(self) -> JsonSchema:
        """The kind as JSON Schema."""

    def requirements(self) -> JsonSchema:
        """What JSON Schema has to demand besides where nothing is inherited from another profile."""
        return {}


class ScalarKind(Kind):
    """A kind whose value is a single word or text."""

    def read(self, node: Node, key: str, problems: Problems) -> Any:
        if not isinstance(node, Scalar):
            problems.add(node.place, key, Message.of("catalog.not_a_single_value"))
            return None
        value = self.convert(node)
        if isinstance(value, Message):
            problems.add(node.place, key, value)
            return None
        return value

    @abstractmethod
    def convert(self, node: Scalar) -> Any:
        """The value, or the message that says why there is none."""


@dataclass(eq=False, repr=False)
class Text(ScalarKind):
    """Any text that is not empty; ``check`` may refuse it with a message."""

    what: str = "text"
    pattern: str | None = None
    problem: str = ""
    check: Callable[[str], Message | None] | None = None

    def describe(self) -> str:
        return self.what

    def convert(self, node: Scalar) -> Any:
        if not node.text:
            return Message.of("catalog.empty_text")
        if self.pattern and not re.fullmatch(self.pattern, node.text):
            return Message.of(self.problem, value=node.text)
        return (self.check(node.text) if self.check else None) or node.text

    def json(self) -> JsonSchema:
        schema: JsonSchema = {"type": "string", "minLength": 1}
        return schema | ({"pattern": f"^(?:{self.pattern})$"} if self.pattern else {})


@dataclass(eq=False, repr=False)
class Choice(ScalarKind):
    """One of a set of words. ``listed`` is false where the JSON schema cannot name them, since they vary."""

    words: Callable[[], tuple[str, ...]]
    what: str = ""
    listed: bool = True

    def describe(self) -> str:
        return self.what or " · ".join(f"`{word}`" for word in self.words())

    def convert(self, node: Scalar) -> Any:
        words = self.words()
        if node.text in words:
            return node.text
        return Message.of("catalog.not_a_choice", value=node.text, nearest=nearest_or_all(node.text, words))

    def json(self) -> JsonSchema:
        return {"enum": list(self.words())} if self.listed else {"type": "string"}


@dataclass(eq=False, repr=False)
class Integer(ScalarKind):
    """A whole number of at least ``minimum``."""

    minimum: int

    def describe(self) -> str:
        return "whole number"

    def convert(self, node: Scalar) -> Any:
        if node.quoted or not re.fullmatch(r"[+-]?\d+", node.text):
            return Message.of("catalog.not_an_integer", value=node.text)
        value = int(node.text)
        if value < self.minimum:
            return Message.of("catalog.below_minimum", value=value, limit=self.minimum)
        return value

    def json(self) -> JsonSchema:
        return {"type": "integer", "minimum": self.minimum}


@dataclass(eq=False, repr=False)
class Number(ScalarKind):
    """A finite number."""

    def describe(self) -> str:
        return "number"

    def convert(self, node: Scalar) -> Any:
        try:
            value = float(node.text)
        except ValueError:
            value = float("nan")
        if node.quoted or value - value != 0:
            return Message.of("catalog.not_a_number", value=node.text)
        return value

    def json(self) -> JsonSchema:
        return {"type": "number"}


@dataclass(eq=False, repr=False)
class Boolean(ScalarKind):
    """``true`` or ``false``."""

    def describe(self) -> str:
        return "true or false"

    def convert(self, node: Scalar) -> Any:
        if node.quoted or node.text.lower() not in ("true", "false"):
            return Message.of("catalog.not_a_boolean", value=node.text)
        return node.text.lower() == "true"

    def json(self) -> JsonSchema:
        return {"type": "boolean"}


@dataclass(eq=False, repr=False)
class Value(ScalarKind):
    """A parameter's value: it stays a :class:`Scalar`, since the type that decides on it stands elsewhere."""

    def describe(self) -> str:
        return "value"

    def convert(self, node: Scalar) -> Any:
        return node

    def json(self) -> JsonSchema:
        return {"type": ["boolean", "number", "string"]}


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
