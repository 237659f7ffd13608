"""``run``: plan a launch from the command line, start it, and follow it until it ends."""

from __future__ import annotations

import click

from console.cli.choices import choice_options, choices_from_command_line
from console.cli.launching import TAKES_FLAGS, launch_options, start_and_follow
from console.cli.naming import complete_profile
from console.i18n import t


@click.command(
    help=t("cli.run_help"),
    context_settings=TAKES_FLAGS,
)
@click.argument("profile", shell_complete=complete_profile)
@choice_options
@launch_options
@click.pass_context
def run(
    ctx: click.Context, /, profile: str, detach: bool, dry_run: bool, as_json: bool, **options: object
) -> int:
    """Start a run of a profile; flags of the profile itself may follow as ``--flag=value``."""
    choices = choices_from_command_line(profile, options, ctx.args)
    return start_and_follow(choices, detach=detach, dry_run=dry_run, as_json=as_json)
