"""``resume``: a new run that goes on where an ended one stopped."""

from __future__ import annotations

from pathlib import Path

import click

from console.cli.launching import TAKES_FLAGS, launch_options, start_changed
from console.cli.naming import run_argument
from console.i18n import t
from console.runs.folder import RunFolder
from console.runs.resume import resume_choices


@click.command(
    help=t("cli.resume_help"),
    context_settings=TAKES_FLAGS,
)
@run_argument()
@click.option("--checkpoint", type=click.Path(path_type=Path), help=t("cli.resume_checkpoint_help"))
@launch_options
@click.pass_context
def resume(
    ctx: click.Context,
    folder: RunFolder,
    checkpoint: Path | None,
    detach: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Resume from the newest checkpoint, or from the one given; profile flags may be changed."""
    choices = resume_choices(folder, checkpoint)
    return start_changed(choices, ctx.args, detach=detach, dry_run=dry_run, as_json=as_json)
