"""``runs``: the history, newest first."""

from __future__ import annotations

import time

import click

from console.cli.output import duration, number, print_json, print_table
from console.i18n import t


@click.command(help=t("cli.runs_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.option("--limit", type=click.IntRange(min=1), help=t("cli.limit_help"))
@click.option("--live", is_flag=True, help=t("cli.live_help"))
def runs(as_json: bool, limit: int | None, live: bool) -> None:
    """List runs with their state and their newest figures."""
    from console.runs.history import list_runs

    rows = [row for row in list_runs() if not (live and row.phase.final)][:limit]
    if as_json:
        print_json(rows)
        return
    print_table(
        [
            t(f"cli.{column}")
            for column in (
                "run",
                "state",
                "dataset",
                "devices",
                "started",
                "elapsed",
                "step",
                "loss",
                "top1",
                "throughput",
            )
        ],
        [
            (
                row.run_id,
                t(f"cli.phase_{row.phase.value}"),
                row.dataset,
                f"{row.devices} {row.backend}",
                time.strftime("%m-%d %H:%M", time.localtime(row.created)),
                duration(row.duration),
                number(row.last_step, 12),
                number(row.last_loss),
                number(row.best_top1),
                number(row.throughput),
            )
            for row in rows
        ],
    )
