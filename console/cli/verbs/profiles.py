"""``profiles``: what can be launched, and whether a profile file is right."""

from __future__ import annotations

from pathlib import Path

import click

from console.catalog.problems import ProfileProblem
from console.cli.naming import complete_profile
from console.cli.output import UNKNOWN, print_json, print_table, say
from console.errors import ExitCode
from console.i18n import t


@click.group(invoke_without_command=True, help=t("catalog.profiles_help"))
@click.pass_context
def profiles(ctx: click.Context) -> None:
    """List profiles unless a verb below is given."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_profiles)


@profiles.command("list", help=t("catalog.list_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
def list_profiles(as_json: bool = False) -> None:
    """One row per profile on stdout; what is wrong with other files on stderr."""
    from console.catalog.loader import load_catalog

    catalog = load_catalog()
    for problem in catalog.problems:
        say(str(problem))
    if as_json:
        print_json(list(catalog.profiles.values()))
        return
    headers = ("profile", "title", "framework", "datasets", "devices", "backends")
    print_table(
        [t(f"catalog.column_{name}") for name in headers],
        [
            (
                profile.name,
                str(profile.title),
                profile.framework,
                ", ".join(one.dataset for one in profile.datasets) or UNKNOWN,
                ", ".join(map(str, profile.devices)),
                ", ".join(one.value for one in profile.backends),
            )
            for profile in catalog.profiles.values()
        ],
    )


@profiles.command(help=t("catalog.show_help"))
@click.argument("name", shell_complete=complete_profile)
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
def show(name: str, as_json: bool) -> None:
    """A profile's parameters with their defaults per data set, and the published results."""
    from console.catalog.loader import load_catalog
    from console.catalog.values import format_value
    from console.launch.parameters import default_value

    profile = load_catalog().get(name)
    if as_json:
        print_json(profile)
        return
    click.echo(f"{profile.title} ({profile.source})\n{profile.summary}\n")
    datasets: list[str | None] = [one.dataset for one in profile.datasets] or [None]
    devices = profile.default_devices
    rows = []
    for parameter in profile.parameters:
        values = [default_value(profile, parameter, dataset, devices) for dataset in datasets]
        shown = [UNKNOWN if value is None else format_value(value) for value in values]
        rows.append((parameter.flag, *shown, str(parameter.help)))
    columns = [one or t("catalog.column_default") for one in datasets]
    print_table([t("catalog.column_flag"), *columns, t("catalog.column_meaning")], rows)
    for result in profile.published:
        value = f"{100 * result.value:.2f} %" if result.metric in ("top1", "top5") else f"{result.value:g}"
        where = t("catalog.published_on", dataset=result.dataset, count=result.devices)
        click.echo(f"\n{result.metric} {value}, {where}\n  {result.source}", nl=False)
    click.echo()


@profiles.command(help=t("catalog.check_help"))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
def check(files: tuple[Path, ...], as_json: bool) -> int:
    """Read files as if they lay in the user's folder; exit code 1 when one has a mistake."""
    from console.catalog.loader import check_file

    problems = [problem for file in files for problem in check_file(file)[1]]
    if as_json:
        print_json([_record(problem) for problem in problems])
    else:
        for problem in problems:
            click.echo(str(problem))
    if not problems:
        say(t("catalog.check_passed", count=len(files)))
    return ExitCode.FAILED if problems else ExitCode.OK


def _record(problem: ProfileProblem) -> dict[str, object]:
    """A problem with its message as words, for a program."""
    return {
        "file": problem.file,
        "line": problem.line,
        "key": problem.key,
        "message": str(problem.message),
    }


@profiles.command(help=t("catalog.schema_help"))
@click.option("--markdown", is_flag=True, help=t("catalog.markdown_help"))
def schema(markdown: bool) -> None:
    """The schema of a profile file, for editors or for the documentation."""
    from console.catalog.schema import json_schema, schema_markdown

    if markdown:
        click.echo(schema_markdown(), nl=False)
    else:
        print_json(json_schema())
