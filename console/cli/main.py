"""The command ``ascend-console``: finds the verb, runs it, and turns mistakes into a sentence and a code."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from console.cli.verbs import VERBS
from console.errors import ExitCode, UserError
from console.i18n import Language, t

PROGRAM = "ascend-console"


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
    try:
        result = cli.main(arguments, prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else ExitCode.OK
    except click.UsageError as error:
        hint = f"{error.ctx.command_path} --help" if error.ctx else f"{PROGRAM} --help"
        return _complain(t("cli.usage_error", error=error.format_message(), hint=hint), ExitCode.USAGE)
    except UserError as error:
        return _complain(str(error), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); the interpreter must not complain at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except Exception as error:
        from console.crash import record_crash

        path = record_crash(error)
        return _complain(t("cli.crash", error=repr(error), path=path or "–"), ExitCode.FAILED)


def _complain(sentence: str, code: ExitCode) -> ExitCode:
    click.echo(f"{PROGRAM}: {sentence}", err=True)
    return code
