"""Taking weights alone from a checkpoint, told by names: what was taken, left out, not found."""

from __future__ import annotations

from typing import Container, Iterable, List, NamedTuple, Sequence


class TransferReport(NamedTuple):
    """Names of the variables a transfer ``loaded``, left out on request (``excluded``) or did not find in the
    checkpoint (``missing``), and of those stored there that have no counterpart here (``unused``)."""

    loaded: Sequence[str]
    excluded: Sequence[str]
    missing: Sequence[str]
    unused: Sequence[str]


def match_names(
    names: Sequence[str], stored: Container[str], exclude: Sequence[str], separator: str = "/"
) -> TransferReport:
    """The choice of ``names`` to take from a checkpoint that has ``stored``; says nothing of unused ones."""
    excluded = [name for name in names if in_scopes(name, exclude, separator)]
    wanted = [name for name in names if name not in excluded]
    loaded = [name for name in wanted if name in stored]
    return TransferReport(loaded, excluded, [name for name in wanted if name not in stored], ())


def in_scopes(name: str, scopes: Iterable[str], separator: str = "/") -> bool:
    """Whether ``name`` is one of ``scopes`` or lies under one."""
    return any(name == scope or name.startswith(scope.rstrip(separator) + separator) for scope in scopes)


def describe(report: TransferReport, path: object) -> List[str]:
    """``report`` in lines for people."""
    total = len(report.loaded) + len(report.excluded) + len(report.missing)
    lines = ["Restored {} of {} variables from {}.".format(len(report.loaded), total, path)]
    for title, names in (
        ("Loaded", report.loaded),
        ("Skipped as asked", report.excluded),
        ("Missing in the checkpoint", report.missing),
        ("Not used from the checkpoint", report.unused),
    ):
        if names:
            lines.append("{}: {}".format(title, ", ".join(names)))
    return lines
