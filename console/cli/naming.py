"""Finding what a word on the command line names, and completing it in the shell."""

from __future__ import annotations

import click

from console.runs.folder import RunFolder, find_run


def complete_profile(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Profile names that begin with what was typed."""
    from console.catalog.loader import load_catalog

    return [name for name in load_catalog().profiles if name.startswith(incomplete)]


def complete_runtime(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Runtime names that begin with what was typed."""
    from console.launch.runtimes import discover_runtimes

    return [one.name for one in discover_runtimes() if one.name.startswith(incomplete)]


def complete_run(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Run ids that begin with what was typed, newest first."""
    from console.runs.history import list_runs

    return [one.run_id for one in list_runs() if one.run_id.startswith(incomplete)]


class RunType(click.ParamType):
    """An argument that names a run: its id, a unique beginning of it, or ``last``."""

    name = "run"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> RunFolder:
        """The folder of the run; raises :class:`~console.errors.UserError` when there is no such run."""
        return value if isinstance(value, RunFolder) else find_run(str(value))


run_argument = click.argument("folder", metavar="RUN", type=RunType(), shell_complete=complete_run)
