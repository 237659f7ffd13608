"""Finding what a word on the command line names, and completing it in the shell."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from console.runs.folder import RunFolder, find_run

Command = TypeVar("Command", bound="Callable[..., object] | click.Command")


def complete_profile(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Profile names that begin with what was typed."""
    from console.catalog.loader import load_catalog

    return [name for name in load_catalog().profiles if name.startswith(incomplete)]


def complete_runtime(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Runtime names that begin with what was typed."""
    from console.launch.machine.runtimes import discover_runtimes

    return [one.name for one in discover_runtimes() if one.name.startswith(incomplete)]


def complete_run(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Run ids that begin with what was typed, newest first."""
    from console.runs.history import list_runs

    return [one.run_id for one in list_runs() if one.run_id.startswith(incomplete)]


def _find(ctx: click.Context, parameter: click.Parameter, value: str | None) -> RunFolder | None:
    return None if value is None else find_run(value)


def run_argument(*, required: bool = True) -> Callable[[Command], Command]:
    """An argument that names a run: its id, a unique beginning of it, or ``last``; passed on as its folder.

    Raises :class:`~console.errors.UserError` when there is no such run.
    """
    return click.argument(
        "folder",
        metavar="RUN" if required else "[RUN]",
        required=required,
        callback=_find,
        shell_complete=complete_run,
    )
