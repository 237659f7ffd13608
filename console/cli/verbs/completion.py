"""``completion``: the script that teaches a shell to complete our command line."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from console.cli.entry import COMPLETION_VARIABLE
from console.i18n import t


@click.command(help=t("cli.completion_help"))
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell, to be evaluated in its start-up file."""
    root = ctx.find_root()
    completer = get_completion_class(shell)
    assert completer is not None
    click.echo(completer(root.command, {}, "ascend-console", COMPLETION_VARIABLE).source())
