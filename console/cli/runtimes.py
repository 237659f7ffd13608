"""``runtimes``: the interpreters engines can run under."""

from __future__ import annotations

import click

from console.cli.output import print_json, print_table
from console.i18n import t


@click.command(help=t("cli.runtimes_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
def runtimes(as_json: bool) -> None:
    """List interpreters with the frameworks and adapters found beside them."""
    from console.launch.runtimes import discover_runtimes

    found = discover_runtimes()
    if as_json:
        print_json(found)
        return
    print_table(
        (t("cli.runtime"), "Python", t("cli.packages"), t("cli.interpreter")),
        [
            (
                one.name,
                one.python_version,
                ", ".join(f"{name} {version}" for name, version in one.packages.items()) or "–",
                str(one.python),
            )
            for one in found
        ],
    )
