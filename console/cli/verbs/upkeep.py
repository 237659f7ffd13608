"""Verbs for what has been left behind: adopt, reindex, delete."""

from __future__ import annotations

import click

from console.cli.naming import run_argument
from console.cli.output import say
from console.errors import ExitCode
from console.i18n import t
from console.i18n.sizes import bytes_text
from console.runs.folder import RunFolder


@click.command(help=t("cli.adopt_help"))
@run_argument(required=False)
def adopt(folder: RunFolder | None) -> None:
    """Start supervisors for runs that have lost theirs; prints the ids of those adopted."""
    from console.runs.adoption import adopt as adopt_one
    from console.runs.adoption import adopt_orphans

    adopted = adopt_orphans() if folder is None else [folder] if adopt_one(folder) else []
    for one in adopted:
        click.echo(one.run_id)
    if not adopted:
        say(t("cli.nothing_to_adopt"))


@click.command(help=t("cli.reindex_help"))
@run_argument()
def reindex(folder: RunFolder) -> None:
    """Rebuild a run's samples from its logs."""
    from console.runs.curves.reindex import reindex as rebuild

    rebuild(folder)
    say(t("cli.reindexed", run=folder.run_id))


@click.command(help=t("cli.delete_help"))
@run_argument()
@click.option("--yes", is_flag=True, help=t("cli.yes_help"))
def delete(folder: RunFolder, yes: bool) -> int:
    """Delete an ended run's folder after asking."""
    from console.runs.deletion import delete_run, folder_bytes

    question = t("cli.delete_question", run=folder.run_id, size=bytes_text(folder_bytes(folder)))
    if not yes and not click.confirm(question, err=True):
        return ExitCode.INTERRUPTED
    delete_run(folder)
    say(t("cli.deleted", run=folder.run_id))
    return ExitCode.OK
