"""``run``: plan a launch from the command line, start it, and follow it until it ends."""

from __future__ import annotations

from pathlib import Path

import click

from console.catalog.profile import Backend
from console.cli.choices import choices_from_command_line
from console.cli.launching import TAKES_FLAGS, launch_options, start_and_follow
from console.cli.naming import complete_profile, complete_runtime
from console.i18n import t


@click.command(
    help=t("cli.run_help"),
    context_settings=TAKES_FLAGS,
)
@click.argument("profile", shell_complete=complete_profile)
@click.option("--dataset", metavar="NAME", help=t("cli.dataset_help"))
@click.option("--data-dir", type=click.Path(path_type=Path), help=t("cli.data_dir_help"))
@click.option("--devices", type=int, metavar="N", help=t("cli.devices_help"))
@click.option("--device-ids", metavar="0,1,…", help=t("cli.device_ids_help"))
@click.option("--backend", type=click.Choice([one.value for one in Backend]), help=t("cli.backend_help"))
@click.option("--runtime", metavar="NAME", shell_complete=complete_runtime, help=t("cli.runtime_help"))
@click.option("--task", metavar="NAME", help=t("cli.task_help"))
@click.option("--overflow-dump", is_flag=True, help=t("cli.overflow_dump_help"))
@click.option("--stop-on-overflow", is_flag=True, help=t("cli.stop_on_overflow_help"))
@click.option("--data-dump", metavar="STEPS", help=t("cli.data_dump_help"))
@click.option("--profile-steps", metavar="A-B", help=t("cli.profile_steps_help"))
@click.option("--precision-mode", metavar="MODE", help=t("cli.precision_mode_help"))
@click.option("--mixlist", type=click.Path(path_type=Path), help=t("cli.mixlist_help"))
@click.option("--fusion-off", type=click.Path(path_type=Path), help=t("cli.fusion_off_help"))
@click.option("--from", "start_from", type=click.Path(path_type=Path), help=t("cli.from_help"))
@click.option("--bind-cores", is_flag=True, help=t("cli.bind_cores_help"))
@click.option("--restarts", type=click.IntRange(min=0), default=0, help=t("cli.restarts_help"))
@click.option("--name", help=t("cli.name_help"))
@click.option("--note", default="", help=t("cli.note_help"))
@launch_options
@click.pass_context
def run(ctx: click.Context, /, detach: bool, dry_run: bool, as_json: bool, **options: object) -> int:
    """Start a run of a profile; flags of the profile itself may follow as ``--flag=value``."""
    choices = choices_from_command_line(options, ctx.args)
    return start_and_follow(choices, detach=detach, dry_run=dry_run, as_json=as_json)
