"""``logs``: the raw output of a run's ranks."""

from __future__ import annotations

import time

import click

from console.cli.follow import POLL_SECONDS
from console.cli.log_file import LogFollower, last_offset
from console.cli.naming import run_argument
from console.errors import user_error
from console.i18n import t
from console.runs.adoption import observed_state
from console.runs.folder import RunFolder


@click.command(help=t("cli.logs_help"))
@run_argument()
@click.option("--follow", "-f", is_flag=True, help=t("cli.follow_help"))
@click.option("--rank", type=int, help=t("cli.logs_rank_help"))
@click.option("--lines", "-n", type=click.IntRange(min=0), help=t("cli.lines_help"))
def logs(folder: RunFolder, follow: bool, rank: int | None, lines: int | None) -> None:
    """Print rank logs on stdout; ``--follow`` goes on until the run ends."""
    if rank is not None and not 0 <= rank < folder.world_size:
        raise user_error("cli.no_such_rank", rank=rank, run=folder.run_id, last=folder.world_size - 1)
    ranks = range(folder.world_size) if rank is None else (rank,)
    followers = {
        one: LogFollower(
            folder.log_path(one), 0 if lines is None else last_offset(folder.log_path(one), lines)
        )
        for one in ranks
    }
    tagged = len(followers) > 1
    while True:
        ended = observed_state(folder).phase.final if follow else True
        printed = 0
        for one, follower in followers.items():
            for line in follower.new_lines():
                _print_line(one if tagged else None, line)
                printed += 1
        if printed == 0:
            if ended:
                return
            time.sleep(POLL_SECONDS)


def _print_line(rank: int | None, line: str) -> None:
    """One log line on stdout, with its rank in front when several are shown."""
    click.echo(line if rank is None else f"{rank}│ {line}")
