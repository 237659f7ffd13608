"""Flags declared as fields of a frozen dataclass, once: name, type, default, help.

::

    @dataclass(frozen=True)
    class Settings:
        batch_size: int = STEPS.flag(128, "images per rank and step")

A subclass that gives the field another default keeps the flag; one that declares it anew replaces it; one
that sets it to :func:`fixed` has no such flag, and the trainer reads the value all the same.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Callable, Dict, NamedTuple, Optional, Sequence, Tuple, TypeVar, get_type_hints

from engines.common.flags.values import boolean, positive_int

T = TypeVar("T")
Kind = Callable[[str], object]

KINDS: Dict[object, Kind] = {bool: boolean, int: positive_int, float: float, str: str, Path: Path}
"""The reader of a flag's text by the type of its field, where the flag names none."""

DERIVED: Any = None
"""The default of a flag whose value, where it is left out, the recipe works out from others."""


class FlagGroup(NamedTuple):
    """Flags that ``--help`` lists together, the groups in the order of their ``place``."""

    place: int
    title: str

    def flag(
        self,
        default: T,
        text: str,
        *aliases: str,
        kind: Optional[Kind] = None,
        choices: Optional[Sequence[str]] = None,
        metavar: Optional[str] = None,
        switch: bool = False,
    ) -> T:
        """A field's default that declares a flag of the field's name. A ``switch`` takes no value."""
        declared = Flag(self, text, aliases, kind, choices, metavar, switch)
        return dataclasses.field(default=default, metadata={"flag": declared})


class Flag(NamedTuple):
    """A flag as declared, but for the default of its field."""

    group: FlagGroup
    text: str
    aliases: Tuple[str, ...]
    kind: Optional[Kind]
    choices: Optional[Sequence[str]]
    metavar: Optional[str]
    switch: bool


RUN = FlagGroup(0, "run")
RECIPE = FlagGroup(1, "recipe")
NETWORK = FlagGroup(2, "network")
STEPS = FlagGroup(3, "steps")
OPTIMISATION = FlagGroup(4, "optimisation")
IMAGES = FlagGroup(5, "images")
CADENCE = FlagGroup(6, "lines and checkpoints")
DEBUG = FlagGroup(7, "debug and precision")


def fixed(value: T) -> T:
    """A field's default that no flag changes."""
    return dataclasses.field(default=value, metadata={"flag": None})


class DeclaredFlag(NamedTuple):
    """A flag of a settings class: the field it sets, the field's default, and how its text is read."""

    field: str
    default: object
    kind: Kind
    flag: Flag


def declared_flags(settings: type) -> Sequence[DeclaredFlag]:
    """The flags of a settings class, those of one group in a row."""
    hints = get_type_hints(settings)
    found = []
    for field in dataclasses.fields(settings):
        flag = _declaration(settings, field.name)
        if flag is not None:
            kind = flag.kind or KINDS[_without_none(hints[field.name])]
            found.append(DeclaredFlag(field.name, field.default, kind, flag))
    return sorted(found, key=lambda one: one.flag.group.place)


def _declaration(settings: type, name: str) -> Optional[Flag]:
    """The flag of the field ``name``: that of the nearest class in which it was declared."""
    for owner in settings.__mro__:
        field = getattr(owner, "__dataclass_fields__", {}).get(name)
        if field is not None and "flag" in field.metadata:
            flag: Optional[Flag] = field.metadata["flag"]
            return flag
    return None


def _without_none(hint: Any) -> object:
    """``T`` of ``Optional[T]``, else the type itself."""
    parts = getattr(hint, "__args__", ())
    return next(one for one in parts if one is not type(None)) if type(None) in parts else hint
