"""Keeping an operator's choices as a profile of their own."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any

from console.catalog.loader import check_file
from console.catalog.profile import Backend, ParameterValue, Profile
from console.catalog.schema import NAME
from console.errors import user_error
from console.launch.options import registry
from console.launch.options.choices import Choices
from console.locations import profiles_dir, user_profiles_dir

Document = dict[str, Any]


def save_profile(
    name: str, base: Profile, choices: Choices, folder: Path | None = None, *, overwrite: bool = False
) -> Path:
    """Write ``<name>.yaml`` that extends ``base`` by ``choices``, into the user's folder of profiles.

    Kept are the data set and its folder, devices, backend, runtime, task, precision mode and parameters;
    debug switches, checkpoints and notes belong to one run. Raises :class:`~console.errors.UserError` for a
    bad name, a file that is there already (unless ``overwrite``), values that are not legal or a folder that
    cannot be written.
    """
    if not re.fullmatch(NAME.pattern or "", name):
        raise user_error("launch.bad_profile_name", name=name)
    target = (folder or user_profiles_dir()) / f"{name}.yaml"
    document = profile_document(name, base, choices, updates=overwrite and base.source == target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{name}-", suffix=".new")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(_as_yaml(document))
            _refuse_mistakes(Path(temporary), target)
            if not overwrite:
                target.touch(exist_ok=False)  # Claims the name: two consoles may save at once.
            Path(temporary).replace(target)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except FileExistsError:
        raise user_error("launch.profile_exists", file=target) from None
    except OSError as error:
        raise user_error("launch.profile_not_written", file=target, reason=error.strerror) from error
    return target


def profile_document(name: str, base: Profile, choices: Choices, *, updates: bool = False) -> Document:
    """The keys of a profile that extends ``base`` by ``choices``, or, if it ``updates``, of ``base`` changed.

    Parameters are kept as defaults for the chosen data set, so that they do not spoil another one.
    """
    document = _read_raw(base.source) if updates else {"name": name, "extends": base.name}
    defaults = {
        "dataset": choices.dataset,
        "data_dir": str(choices.data_dir) if choices.data_dir else None,
        "devices": choices.devices or len(choices.device_ids) or None,
        "backend": choices.backend.value if choices.backend is not Backend.AUTO else None,
        "runtime": choices.runtime,
        "task": choices.task or None,
    }
    _update(document, {key: value for key, value in defaults.items() if value is not None}, "defaults")
    for toggle in registry.TOGGLES:
        value = toggle.chosen(choices.toggles)
        if value is not None:
            _update(document, toggle.profile_entry(value), "toggles", toggle.name.value)
    dataset = choices.dataset or base.default_dataset
    if dataset is None:
        for parameter, value in choices.parameters.items():
            _update(document, {"default": value}, "parameters", parameter)
    elif choices.parameters:
        _update_dataset(document, dataset, dict(choices.parameters))
    return document


def _update_dataset(document: Document, dataset: str, parameters: dict[str, ParameterValue]) -> None:
    _update(document, parameters, "datasets", dataset, "parameters")
    for values in document["datasets"][dataset].get("per_devices", {}).values():
        for name in parameters:
            values.pop(name, None)


def _update(document: Document, values: Document, *path: str) -> None:
    """Set ``values`` in the table at ``path``, which is made where there is none."""
    if not values:
        return
    for key in path:
        inner = document.get(key)
        if key == path[-1] and inner is not None and not isinstance(inner, dict):
            inner = {"default": inner}
        document[key] = inner if inner is not None else {}
        document = document[key]
    document.update(values)


def _read_raw(file: Path | None) -> Document:
    import yaml

    assert file is not None
    raw: Document = yaml.safe_load(file.read_text("utf-8"))
    return raw


def _as_yaml(document: Document) -> str:
    import yaml

    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return text


def _refuse_mistakes(file: Path, target: Path) -> None:
    """Read the file back before it gets its name: what is not legal must not become a profile."""
    profile, problems = check_file(file, (profiles_dir(), target.parent))
    if profile is None:
        key, message = (problems[0].key, problems[0].message) if problems else ("", "")
        raise user_error("launch.profile_not_legal", name=target.stem, key=key, problem=message)
