"""The common part of the verbs that start a run: plan, show findings, start, follow."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import click

from console.catalog.loader import load_catalog
from console.cli.choices import read_parameters
from console.cli.follow import follow_run
from console.cli.output import print_json, say
from console.errors import ExitCode
from console.i18n import t
from console.launch.findings import Finding, Level
from console.launch.options.choices import Choices
from console.launch.plan import LaunchPlan
from console.launch.preview import preview_text
from console.launch.service import make_plan

GLYPHS = {Level.OK: "✓", Level.INFO: "i", Level.WARNING: "!", Level.ERROR: "✗"}


def launch_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say what to do with a plan once it is made."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help=t("cli.launch_json_help")),
        click.option("--dry-run", is_flag=True, help=t("cli.dry_run_help")),
        click.option("--detach", "-d", is_flag=True, help=t("cli.detach_help")),
    ):
        command = option(command)
    return command


TAKES_FLAGS = {"ignore_unknown_options": True, "allow_extra_args": True}
"""Click's settings for verbs that take the flags of a profile too."""


def start_changed(
    choices: Choices, flags: Sequence[str], *, detach: bool, dry_run: bool, as_json: bool
) -> int:
    """:func:`start_and_follow` with the ``choices`` of another run, in which the profile ``flags`` given are new."""
    changed = read_parameters(load_catalog().get(choices.profile), flags)
    choices = dataclasses.replace(choices, parameters={**choices.parameters, **changed})
    return start_and_follow(choices, detach=detach, dry_run=dry_run, as_json=as_json)


def start_and_follow(choices: Choices, *, detach: bool, dry_run: bool, as_json: bool) -> int:
    """Plan and start a run; its id goes to stdout as soon as it runs.

    Returns the exit code: blocked plans, failed runs and finished ones are told apart.
    """
    plan = make_plan(choices)
    show_findings(plan, quiet=dry_run and as_json)
    if dry_run:
        print_json(plan) if as_json else click.echo(preview_text(plan))
        return ExitCode.BLOCKED if plan.blocked else ExitCode.OK
    if plan.blocked:
        say(t("cli.blocked"))
        return ExitCode.BLOCKED
    from console.runs.launcher import start

    if plan.prepare_dataset:
        say(t("cli.preparing_dataset", dataset=plan.prepare_dataset, folder=plan.data_dir))
    folder = start(plan)
    if detach:
        print_json({"run_id": folder.run_id}) if as_json else click.echo(folder.run_id)
        return ExitCode.OK
    try:
        if not as_json:
            click.echo(folder.run_id)
        return follow_run(folder, as_json=as_json)
    except KeyboardInterrupt:
        say(t("cli.left_alone", run=folder.run_id))
        return ExitCode.INTERRUPTED


def show_findings(plan: LaunchPlan, *, quiet: bool) -> None:
    """Tell every finding that is worth a word: in a quiet run only what blocks or warns."""
    for finding in plan.findings:
        if finding.level in (Level.WARNING, Level.ERROR) or not quiet:
            say(finding_line(finding))


def finding_line(finding: Finding) -> str:
    """One finding as a line: glyph, subject, message, and the way out."""
    remedy = f" → {finding.remedy}" if finding.remedy else ""
    return f"{GLYPHS[finding.level]} {finding.subject}: {finding.message}{remedy}"
