"""``show``: everything known of one run."""

from __future__ import annotations

import time
from collections.abc import Mapping

import click

from console.cli.naming import run_argument
from console.cli.output import UNKNOWN, duration, number, print_json, print_table
from console.cli.summary import describe_run
from console.i18n import t
from console.runs.adoption import observed_state
from console.runs.curves.gaps import recorded_gaps
from console.runs.folder import RunFolder
from console.runs.state import RunState


@click.command(help=t("cli.show_help"))
@run_argument()
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
def show(folder: RunFolder, as_json: bool) -> None:
    """Print a run's state, ranks, newest metrics and result."""
    if as_json:
        print_json(describe_run(folder))
        return
    state = observed_state(folder)
    print_table((t("cli.field"), t("cli.value")), _facts(folder, state))
    click.echo()
    print_table(
        (t("cli.rank"), t("cli.device"), t("cli.state"), t("cli.step"), t("cli.exit")),
        [
            (
                str(rank.rank),
                str(rank.device),
                t(f"cli.phase_{rank.phase.value}"),
                number(rank.last_step, 12),
                _ending(rank.exit_code, rank.signal),
            )
            for rank in state.ranks
        ],
    )


def _facts(folder: RunFolder, state: RunState) -> list[tuple[str, str]]:
    end = state.ended or (None if state.phase.final else time.time())
    elapsed = end - state.started if end and state.started else None
    facts = [
        (t("cli.run"), folder.run_id),
        (t("cli.folder"), str(folder.path)),
        *_choices(folder.spec()),
        (t("cli.state"), t(f"cli.phase_{state.phase.value}")),
        (t("cli.elapsed"), duration(elapsed)),
    ]
    if folder.export_card.is_file():
        facts.append((t("cli.export"), str(folder.export_card.parent)))
    if state.cause and state.cause.line:
        facts.append((t("cli.cause"), t("cli.end_cause", rank=state.cause.rank, line=state.cause.line)))
    facts += [(t("cli.gap"), f"{gap.message} – {gap.remedy}") for gap in recorded_gaps(folder)]
    facts += [(name, number(value, 6)) for name, value in sorted(state.last.items())]
    facts += [
        (f"{t('cli.result')} {name}", number(value, 6) if isinstance(value, (int, float)) else str(value))
        for name, value in (folder.result() or {}).items()
        if value is not None
    ]
    return facts


def _choices(spec: Mapping[str, object]) -> list[tuple[str, str]]:
    """The choices that say what was launched; a task that uses a checkpoint tells which."""
    named = [(name, spec.get(name)) for name in ("profile", "task", "dataset", "backend")]
    choices = spec.get("choices")
    if isinstance(choices, Mapping):
        named.append(("start_from", choices.get("start_from")))
    return [(t(f"cli.{name}"), str(value)) for name, value in named if value]


def _ending(exit_code: int | None, signal: int | None) -> str:
    if signal is not None:
        return t("cli.by_signal", signal=signal)
    return UNKNOWN if exit_code is None else str(exit_code)
