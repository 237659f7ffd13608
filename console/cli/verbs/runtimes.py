"""``runtimes``: the interpreters engines can run under."""

from __future__ import annotations

import click

from console.cli.output import UNKNOWN, print_json, print_table
from console.i18n import t
from console.launch.machine.host import Runtime

SHOWN = ("tensorflow", "torch", "npu-bridge", "npu-device", "torch-npu", "numpy")


@click.command(help=t("cli.runtimes_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
def runtimes(as_json: bool) -> None:
    """List interpreters with the frameworks and adapters found beside them."""
    from console.launch.machine.runtimes import discover_runtimes

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
                _frameworks(one),
                str(one.python),
            )
            for one in found
        ],
    )


def _frameworks(runtime: Runtime) -> str:
    """The packages that decide what an interpreter can train; ``--json`` has them all."""
    return (
        ", ".join(f"{name} {runtime.packages[name]}" for name in SHOWN if name in runtime.packages) or UNKNOWN
    )
