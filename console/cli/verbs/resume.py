"""``resume``, ``evaluate`` and ``export``: a new run that starts from a checkpoint of another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from console.cli.launching import TAKES_FLAGS, launch_options, start_changed
from console.cli.naming import run_argument
from console.i18n import t
from console.launch.options.choices import Choices
from console.runs.folder import RunFolder
from console.runs.resume import resume_choices, reuse_choices


def _from_checkpoint(
    name: str, help_text: str, checkpoint_help: str, choices_of: Callable[[RunFolder, Path | None], Choices]
) -> click.Command:
    """The verb ``name``; profile flags given to it replace those of the other run."""

    @click.command(name, help=help_text, context_settings=TAKES_FLAGS)
    @run_argument()
    @click.option("--checkpoint", type=click.Path(path_type=Path), help=checkpoint_help)
    @launch_options
    @click.pass_context
    def verb(
        ctx: click.Context,
        folder: RunFolder,
        checkpoint: Path | None,
        detach: bool,
        dry_run: bool,
        as_json: bool,
    ) -> int:
        choices = choices_of(folder, checkpoint)
        return start_changed(choices, ctx.args, detach=detach, dry_run=dry_run, as_json=as_json)

    return verb


resume = _from_checkpoint("resume", t("cli.resume_help"), t("cli.resume_checkpoint_help"), resume_choices)
evaluate = _from_checkpoint(
    "evaluate",
    t("cli.evaluate_help"),
    t("cli.use_checkpoint_help"),
    lambda folder, checkpoint: reuse_choices(folder, "evaluate", checkpoint),
)
export = _from_checkpoint(
    "export",
    t("cli.export_help"),
    t("cli.use_checkpoint_help"),
    lambda folder, checkpoint: reuse_choices(folder, "export", checkpoint),
)
