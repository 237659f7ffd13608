"""The operator's choices for a launch, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.catalog.profile import Backend, ParameterValue
from console.launch.options import registry


class ToggleChoices(Mapping[str, object]):
    """The value of every toggle by name, ``None`` for those that are off; immutable.

    Raises ``TypeError`` for a name that is no toggle, and for a value of another toggle.
    """

    def __init__(self, **values: object) -> None:
        self._on = {name: value for name, value in values.items() if value is not None}
        for name, value in values.items():
            if name not in self:
                raise TypeError(f"{name} is no toggle")
            if value is not None and not isinstance(value, registry.find_toggle(name).value_type):
                raise TypeError(f"{value!r} is no value of the toggle {name}")

    def __getitem__(self, name: str) -> object:
        return self._on.get(registry.find_toggle(name).name.value)

    def __iter__(self) -> Iterator[str]:
        return (one.name.value for one in registry.TOGGLES)

    def __len__(self) -> int:
        return len(registry.TOGGLES)

    def __repr__(self) -> str:
        return f"ToggleChoices({', '.join(f'{name}={value!r}' for name, value in self._on.items())})"

    def replaced(self, name: str, value: object) -> ToggleChoices:
        """These choices with another value of one toggle."""
        return ToggleChoices(**{**self._on, name: value})

    def absolute(self) -> ToggleChoices:
        """These choices with every path as it reads from any folder."""
        return ToggleChoices(
            **{name: registry.find_toggle(name).absolute(value) for name, value in self._on.items()}
        )


def toggles_from_json(raw: Mapping[str, Any]) -> ToggleChoices:
    """The toggles of a JSON object, without those that are known no longer.

    Raises ``TypeError``, ``KeyError`` or ``ValueError`` when a value is none.
    """
    given = [(one, raw.get(one.name.value)) for one in registry.TOGGLES]
    return ToggleChoices(
        **{one.name.value: one.from_json(value) for one, value in given if value is not None}
    )


@dataclass(frozen=True, slots=True)
class Choices:
    """The operator's choices. Anything left at ``None`` or empty takes the profile's default.

    ``data_dir`` overrides the folder known for the data set. ``start_from`` is a checkpoint path; with
    ``resume_run`` it continues that run's step count, else it only initialises the weights.
    """

    profile: str
    dataset: str | None = None
    data_dir: Path | None = None
    devices: int | None = None
    device_ids: tuple[int, ...] = ()
    backend: Backend = Backend.AUTO
    runtime: str | None = None
    task: str = ""
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    toggles: ToggleChoices = field(default_factory=ToggleChoices)
    start_from: Path | None = None
    resume_run: str | None = None
    bind_cores: bool = False
    restarts: int = 0
    name: str | None = None
    note: str = ""
