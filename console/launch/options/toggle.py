"""A toggle: a debug or precision switch that carries the same flags in every engine, declared in one place."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from console.catalog.profile import Backend, Profile, Toggle, ToggleName
from console.i18n import Message
from console.launch.findings import Finding, Level, error
from console.launch.machine.host import NpuDevice
from console.launch.options.declarations import ON, CommandOption, Entry, Input, Part, read_path

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

V = TypeVar("V")
R = TypeVar("R", bound="DataclassInstance")


@dataclass(frozen=True, slots=True)
class ToggleContext:
    """A launch as the toggles see it; ``toggles`` has their values by name, ``None`` for those that are off.

    ``backend`` is settled, not ``AUTO``. ``npus`` and ``cpu_bfloat16`` are those of the host.
    """

    profile: Profile
    backend: Backend
    toggles: Mapping[str, object]
    npus: tuple[NpuDevice, ...] = ()
    cpu_bfloat16: bool | None = None

    @property
    def own_engine(self) -> bool:
        """False for an external command, which knows only the flags of the ModelZoo's own scripts."""
        return self.profile.engine is not None


@dataclass(frozen=True, kw_only=True)
class ToggleOption(ABC, Generic[V]):
    """One toggle. Its value is plain data (a dataclass, a path or a text), as JSON can hold it; ``None`` is off.

    ``options`` are those of the command line. ``folder`` is the one under the run folder that it writes to:
    it has to exist before the start, since the adapter aborts without it. ``excludes`` maps a toggle that
    cannot be on at the same time to the message key of the finding. ``leads`` puts its flags before those of
    the others; ``fills_disk`` asks for much room on NPU.
    """

    name: ToggleName
    value_type: type[V]
    options: tuple[CommandOption, ...]
    parts: tuple[Part, ...] = ()
    folder: str | None = None
    excludes: Mapping[ToggleName, str] = field(default_factory=dict)
    leads: bool = False
    fills_disk: bool = False

    @property
    def label(self) -> str:
        """The message key of its name in forms."""
        return f"form.toggle_{self.name.value}"

    @property
    def help(self) -> str:
        """The message key of the sentence that says what it does."""
        return f"form.toggle_{self.name.value}_help"

    def chosen(self, toggles: Mapping[str, object]) -> V | None:
        """Its value among those of all toggles."""
        return cast("V | None", toggles.get(self.name.value))

    def in_force(self, context: ToggleContext) -> V | None:
        """The value that holds; a toggle may have one although the operator chose none."""
        return self.chosen(context.toggles)

    @abstractmethod
    def from_command_line(self, given: Mapping[str, Any]) -> V | None:
        """Its value from the parsed options. Raises :class:`~console.errors.UserError` for what is none."""

    @abstractmethod
    def from_json(self, raw: Any) -> V:
        """Its value from JSON. Raises ``TypeError``, ``KeyError`` or ``ValueError`` for what is none."""

    @abstractmethod
    def entry(self, value: V | None, offer: Toggle, backend: Backend) -> Entry:
        """Its field in a form, as a profile offers it on a backend."""

    @abstractmethod
    def change(self, value: V | None, part: str, text: str) -> V | None:
        """Its value after ``text`` was entered for a ``part``, or for itself where that is empty.

        Raises :class:`~console.errors.UserError` for a text that is no value.
        """

    @abstractmethod
    def flags(self, value: V, run_dir: Path, *, own_engine: bool) -> Iterator[tuple[str, str]]:
        """The flags of the engine. An external command gets only those the ModelZoo's scripts take."""

    def check(self, value: V | None, context: ToggleContext) -> Iterator[Finding]:
        """Findings on it, without looking at any file. ``value`` is the chosen one."""
        if value is not None:
            yield from self.check_exclusions(context)

    def check_exclusions(self, context: ToggleContext) -> Iterator[Finding]:
        """An error for every toggle that is on and cannot be at the same time."""
        for other, key in self.excludes.items():
            if context.toggles.get(other.value) is not None:
                yield error(self.name.value, key)

    def check_files(self, value: V) -> Iterator[Finding]:
        """Findings on the files it names. Reads them."""
        yield from ()

    def absolute(self, value: V) -> V:
        """The value with its paths as they read from any folder."""
        return value

    def profile_entry(self, value: V) -> dict[str, object]:
        """The part of it that a profile of the operator's own keeps: nothing of a switch that belongs to one run."""
        return {}


@dataclass(frozen=True, kw_only=True)
class SwitchToggle(ToggleOption[R]):
    """A toggle that is on or off; its value is a record with a default for every part."""

    def from_json(self, raw: Any) -> R:
        """The record with the attributes that are known."""
        names = [one.name for one in dataclasses.fields(self.value_type)]
        return self.value_type(**{name: raw[name] for name in names if name in raw})

    def entry(self, value: R | None, offer: Toggle, backend: Backend) -> Entry:
        """A check box."""
        return Entry(Input.CHECK, ON if value is not None else "", changed=value is not None)

    def change(self, value: R | None, part: str, text: str) -> R | None:
        """Switch it, or set an attribute."""
        if not part:
            return self.value_type() if text == ON else None
        changed = next(one for one in self.parts if one.name == part)
        record = value if value is not None else self.value_type()
        return dataclasses.replace(record, **{changed.attribute: changed.read(text)})


@dataclass(frozen=True, kw_only=True)
class FileToggle(ToggleOption[Path]):
    """A toggle that is on by naming a file: ``switch_flag`` turns it on, ``file_flag`` names the file.

    ``problems`` reads a file and says what is wrong with it.
    """

    value_type: type[Path] = Path
    switch_flag: str
    file_flag: str
    problems: Callable[[Path], tuple[Message, ...]]

    def from_command_line(self, given: Mapping[str, Any]) -> Path | None:
        """The path of its one option."""
        path: Path | None = given[self.options[0].key]
        return path

    def from_json(self, raw: Any) -> Path:
        """The path."""
        return Path(raw)

    def entry(self, value: Path | None, offer: Toggle, backend: Backend) -> Entry:
        """A text box for the path."""
        return Entry(Input.TEXT, "" if value is None else str(value), changed=value is not None)

    def change(self, value: Path | None, part: str, text: str) -> Path | None:
        """Another file, none for an empty text."""
        return read_path(text)

    def flags(self, value: Path, run_dir: Path, *, own_engine: bool) -> Iterator[tuple[str, str]]:
        """The switch and the file."""
        yield self.switch_flag, "True"
        yield self.file_flag, str(value)

    def check_files(self, value: Path) -> Iterator[Finding]:
        """An error for everything that is wrong with the file."""
        for problem in self.problems(value):
            yield Finding(Level.ERROR, self.name.value, problem)

    def absolute(self, value: Path) -> Path:
        """The file's path from any folder."""
        return value.expanduser().absolute()
