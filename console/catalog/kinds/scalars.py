"""Kinds whose value is a single word or text, and what every kind can do."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from console.catalog.document import Node, Scalar
from console.catalog.nearest import nearest_or_all
from console.catalog.problems import Problems
from console.i18n import Message

JsonSchema = dict[str, Any]


class Kind(ABC):
    """One kind of value."""

    @abstractmethod
    def describe(self) -> str:
        """The value's name, in a word or two."""

    @abstractmethod
    def read(self, node: Node, key: str, problems: Problems) -> Any:
        """The value of ``node``, or ``None`` after noting what is wrong with it."""

    @abstractmethod
    def json(self) -> JsonSchema:
        """The kind as JSON Schema."""

    def requirements(self) -> JsonSchema:
        """The further demands of the JSON Schema where nothing is inherited from another profile."""
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
