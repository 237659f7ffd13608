"""The command ``ascend-console``: finds the verb, runs it, and turns mistakes into a sentence and a code."""

from __future__ import annotations

from importlib import import_module

import click

from console.cli.click_words import translate_click
from console.cli.mistakes import PROGRAM, complain, guarded
from console.cli.verbs import VERBS
from console.errors import ExitCode
from console.i18n import Language, t

_HELP_ASKED = getattr(click.exceptions, "NoArgsIsHelpError", ())
"""What a group of verbs raises, in newer versions of click, when none of them is given."""


class LazyGroup(click.Group):
    """A group that imports a verb's module when the verb is used, so that each starts as fast as it can."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order of the table, which goes from everyday to rare."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the verb, or ``None`` when there is no such verb."""
        verb = VERBS.get(cmd_name)
        if verb is None:
            return None
        command: click.Command = getattr(import_module(verb.module), verb.attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; an unknown one is a mistake with the nearest verb named."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from console.catalog.nearest import nearest_or_all

            raise click.UsageError(
                t("cli.unknown_verb", verb=args[0], nearest=nearest_or_all(args[0], VERBS))
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs from the table, without importing any of them."""
        with formatter.section(t("cli.verbs")):
            formatter.write_dl([(name, t(verb.summary)) for name, verb in VERBS.items()])


def _print_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        from console import read_version

        click.echo(read_version())
        ctx.exit()


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    help=t("cli.help"),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.option(
    "--lang",
    type=click.Choice([language.value for language in Language]),
    help=t("cli.lang_help"),
)
@click.option(
    "--version",
    is_flag=True,
    callback=_print_version,
    expose_value=False,
    is_eager=True,
    help=t("cli.version_help"),
)
@click.pass_context
def cli(ctx: click.Context, lang: str | None) -> None:
    """Open the console when no verb is given. The language has been set before this module was imported."""
    if ctx.invoked_subcommand is None:
        from console.cli.open import open_console

        ctx.exit(open_console())


def run_command(arguments: list[str]) -> int:
    """Run one command line and return its exit code; see :class:`console.errors.ExitCode`."""
    return guarded(lambda: _run(arguments))


def _run(arguments: list[str]) -> object:
    translate_click()
    try:
        return cli.main(arguments, prog_name=PROGRAM, standalone_mode=False)
    except _HELP_ASKED as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    except click.UsageError as error:
        hint = f"{error.ctx.command_path} --help" if error.ctx else f"{PROGRAM} --help"
        words = error.format_message().rstrip(".。")
        return complain(t("cli.usage_error", error=words, hint=hint), ExitCode.USAGE)
    except click.Abort:
        return ExitCode.INTERRUPTED
