"""The operator's choices as they are frozen in ``spec.json``, and back, for relaunching and resuming."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.launch.options.choices import Choices, toggles_from_json
from console.launch.options.launch_options import LAUNCH_OPTIONS
from console.runs.files import plain
from console.runs.spec.secrets import MASK, looks_secret


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
    options = [one for one in LAUNCH_OPTIONS.values() if one.name in raw]
    return Choices(
        profile=raw["profile"],
        resume_run=raw.get("resume_run"),
        parameters={name: value for name, value in raw.get("parameters", {}).items() if value != MASK},
        toggles=toggles_from_json(raw.get("toggles", {})),
        **{one.name: one.values.stored(raw[one.name]) for one in options},
    )
