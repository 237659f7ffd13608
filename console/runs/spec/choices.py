"""The operator's choices as they are frozen in ``spec.json``, and back, for relaunching and resuming."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from console.catalog.profile import Backend
from console.launch.options.choices import Choices, ToggleChoices
from console.launch.options.data_dump import DataDump
from console.launch.options.overflow_dump import OverflowDump
from console.launch.options.profiling import Trace
from console.runs.files import plain
from console.runs.spec.secrets import MASK, looks_secret

_PATHS = ("data_dir", "start_from")
_TOGGLE_PATHS = ("mixlist", "fusion_off")
_TOGGLE_RECORDS: tuple[tuple[str, Any], ...] = (
    ("overflow_dump", OverflowDump),
    ("data_dump", DataDump),
    ("profiling", Trace),
)


def choices_to_json(choices: Choices) -> dict[str, Any]:
    """The choices as a JSON object, values of secret-looking parameters masked."""
    document: dict[str, Any] = plain(choices)
    document["parameters"] = mask_parameters(document["parameters"])
    return document


def mask_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with secret values masked."""
    return {name: MASK if looks_secret(name) else value for name, value in parameters.items()}


def choices_from_json(raw: Mapping[str, Any]) -> Choices:
    """The choices in a JSON object. Masked parameters are left out, so that they have to be given anew.

    Raises ``TypeError``, ``KeyError`` or ``ValueError`` when the object holds no choices.
    """
    known = _known_fields(Choices, raw)
    known |= {name: _path(raw.get(name)) for name in _PATHS}
    known["backend"] = Backend(raw.get("backend", Backend.AUTO))
    known["device_ids"] = tuple(raw.get("device_ids", ()))
    known["parameters"] = {name: value for name, value in raw.get("parameters", {}).items() if value != MASK}
    known["toggles"] = _toggles(raw.get("toggles", {}))
    return Choices(**known)


def _toggles(raw: Mapping[str, Any]) -> ToggleChoices:
    known = _known_fields(ToggleChoices, raw)
    known |= {name: _path(raw.get(name)) for name in _TOGGLE_PATHS}
    known |= {name: kind(**_known_fields(kind, raw[name])) for name, kind in _TOGGLE_RECORDS if raw.get(name)}
    return ToggleChoices(**known)


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _known_fields(kind: Any, raw: Mapping[str, Any]) -> dict[str, Any]:
    return {field.name: raw[field.name] for field in dataclasses.fields(kind) if field.name in raw}
