"""Every toggle, and what is asked of all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from console.catalog.profile import Backend, Profile, ToggleName
from console.launch.findings import Finding, error
from console.launch.options.data_dump import DATA_DUMP
from console.launch.options.fusion_off import FUSION_OFF
from console.launch.options.mixlist import MIXLIST
from console.launch.options.overflow_dump import OVERFLOW_DUMP
from console.launch.options.precision_mode import PRECISION_MODE
from console.launch.options.profiling import PROFILING
from console.launch.options.toggle import ToggleContext, ToggleOption


def one_of_each(*options: ToggleOption[Any]) -> tuple[ToggleOption[Any], ...]:
    """The options, which have to be those of :class:`ToggleName` in its order: profiles may name any of them.

    Raises ``TypeError`` where a toggle is declared in one place and not in the other.
    """
    declared, known = [one.name.value for one in options], [one.value for one in ToggleName]
    if declared != known:
        raise TypeError(f"the toggles of launches, {declared}, are not those of profiles, {known}")
    return options


TOGGLES = one_of_each(OVERFLOW_DUMP, DATA_DUMP, PROFILING, PRECISION_MODE, MIXLIST, FUSION_OFF)


def find_toggle(name: str) -> ToggleOption[Any]:
    """The toggle of that name. Raises ``KeyError``."""
    for one in TOGGLES:
        if one.name.value == name:
            return one
    raise KeyError(name)


def chosen_toggles(toggles: Mapping[str, object]) -> frozenset[ToggleName]:
    """The toggles that are on."""
    return frozenset(one.name for one in TOGGLES if one.chosen(toggles) is not None)


def excluded_by(option: ToggleOption[Any], toggles: Mapping[str, object]) -> ToggleOption[Any] | None:
    """A toggle that is on and cannot be together with ``option``, whichever of the two declares it."""
    for other in TOGGLES:
        if other.chosen(toggles) is not None and (
            other.name in option.excludes or option.name in other.excludes
        ):
            return other
    return None


def check_toggles(context: ToggleContext) -> Iterator[Finding]:
    """Findings on the toggles, without looking at any file."""
    for one in TOGGLES:
        if one.chosen(context.toggles) is not None:
            yield from _check_offer(context.profile, one.name, context.backend)
    for one in TOGGLES:
        yield from one.check(one.chosen(context.toggles), context)


def check_toggle_files(toggles: Mapping[str, object]) -> Iterator[Finding]:
    """Findings on the files that toggles name. Reads them."""
    for one in TOGGLES:
        value = one.chosen(toggles)
        if value is not None:
            yield from one.check_files(value)


def toggle_flags(context: ToggleContext, run_dir: Path) -> Iterator[tuple[str, str]]:
    """The flags the toggles become, in one stable order; what is off gets none."""
    for one in sorted(TOGGLES, key=lambda option: not option.leads):
        value = one.in_force(context)
        if value is not None:
            yield from one.flags(value, run_dir, own_engine=context.own_engine)


def toggle_dirs(toggles: Mapping[str, object], run_dir: Path) -> tuple[Path, ...]:
    """The folders that the toggles that are on write to."""
    on = (one.folder for one in TOGGLES if one.chosen(toggles) is not None)
    return tuple(run_dir / folder for folder in on if folder is not None)


def dumps_fill_disk(toggles: Mapping[str, object]) -> bool:
    """True while a toggle is on that needs much room on NPU."""
    return any(one.fills_disk for one in TOGGLES if one.chosen(toggles) is not None)


def _check_offer(profile: Profile, name: ToggleName, backend: Backend) -> Iterator[Finding]:
    offer = profile.toggle(name)
    if offer is None:
        yield error(name.value, "toggle_not_offered", toggle=name.value, profile=profile.name)
    elif backend not in offer.backends:
        key = "toggle_npu_only" if backend is Backend.CPU else "toggle_cpu_only"
        yield error(name.value, key, "toggle_switch_off", toggle=name.value)
