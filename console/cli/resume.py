"""``resume``: a new run that goes on where an ended one stopped."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from console.catalog.loader import load_catalog
from console.cli.choices import read_parameters
from console.cli.launching import launch_options, start_and_follow
from console.cli.naming import run_argument
from console.i18n import t
from console.runs.folder import RunFolder
from console.runs.resume import resume_choices


@click.command(
    help=t("cli.resume_help"),
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
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
    changed = read_parameters(load_catalog().get(choices.profile), ctx.args)
    choices = dataclasses.replace(choices, parameters={**choices.parameters, **changed})
    return start_and_follow(choices, detach=detach, dry_run=dry_run, as_json=as_json)
