"""``evaluate`` and ``export``: a new run that uses a checkpoint of another as it is."""

from __future__ import annotations

from pathlib import Path

import click

from console.cli.launching import TAKES_FLAGS, launch_options, start_changed
from console.cli.naming import run_argument
from console.i18n import t
from console.runs.folder import RunFolder
from console.runs.resume import reuse_choices


@click.command(help=t("cli.evaluate_help"), context_settings=TAKES_FLAGS)
@run_argument()
@click.option("--checkpoint", type=click.Path(path_type=Path), help=t("cli.use_checkpoint_help"))
@launch_options
@click.pass_context
def evaluate(
    ctx: click.Context,
    folder: RunFolder,
    checkpoint: Path | None,
    detach: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Score the best checkpoint, or the one given; profile flags may be changed."""
    return _use(ctx, "evaluate", folder, checkpoint, detach, dry_run, as_json)


@click.command(help=t("cli.export_help"), context_settings=TAKES_FLAGS)
@run_argument()
@click.option("--checkpoint", type=click.Path(path_type=Path), help=t("cli.use_checkpoint_help"))
@launch_options
@click.pass_context
def export(
    ctx: click.Context,
    folder: RunFolder,
    checkpoint: Path | None,
    detach: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Export the best checkpoint, or the one given."""
    return _use(ctx, "export", folder, checkpoint, detach, dry_run, as_json)


def _use(
    ctx: click.Context,
    task: str,
    folder: RunFolder,
    checkpoint: Path | None,
    detach: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    choices = reuse_choices(folder, task, checkpoint)
    return start_changed(choices, ctx.args, detach=detach, dry_run=dry_run, as_json=as_json)
